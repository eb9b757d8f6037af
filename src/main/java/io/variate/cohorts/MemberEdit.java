package io.variate.cohorts;

import io.variate.files.PrivateFiles;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** A change of some members of a cohort. */
public enum MemberEdit {
    ADD {
        @Override
        void write(Path list, Upload members, Path body) throws IOException {
            try (OutputStream out = output(body)) {
                out.write('[');
                copy(list, out);
                if (Files.size(list) > 0 && members.bytes() > 0) {
                    out.write(',');
                }
                copy(members.list(), out);
                out.write(']');
            }
        }
    },

    REMOVE {
        @Override
        void write(Path list, Upload members, Path body) throws IOException {
            MemberSet.Builder removed = new MemberSet.Builder(members.size());
            try (MemberReader reader = new MemberReader(array(members.list()))) {
                for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                    removed.add(id);
                }
            }
            MemberSet gone = removed.build();
            try (MemberReader reader = new MemberReader(array(list));
                    OutputStream out = output(body)) {
                out.write('[');
                MemberList kept = new MemberList(out);
                for (CharSequence id = reader.next(); id != null; id = reader.next()) {
                    if (!gone.contains(id)) {
                        kept.add(id);
                    }
                }
                out.write(']');
            }
        }
    };

    private static final int BLOCK = 1 << 16;
    private static final byte[] START = {'['};
    private static final byte[] END = {']'};

    /**
     * Writes the members after the edit as a JSON array, in which an id may occur twice. Blocks.
     *
     * @param list the present members, in the stored form
     * @param members those to add or remove
     * @param body the file to write
     */
    abstract void write(Path list, Upload members, Path body) throws IOException;

    private static void copy(Path list, OutputStream out) throws IOException {
        try (InputStream in = ThrottledInputStream.open(list)) {
            in.transferTo(out);
        }
    }

    private static OutputStream output(Path body) throws IOException {
        return new BufferedOutputStream(PrivateFiles.replace(body), BLOCK);
    }

    private static InputStream array(Path list) throws IOException {
        return new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream(START), ThrottledInputStream.open(list), new ByteArrayInputStream(END))));
    }
}

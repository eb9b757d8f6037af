package io.variate.cohorts;

import java.io.IOException;
import java.io.OutputStream;

/** Writes ids as comma-separated JSON strings in UTF-8. Used by one thread. */
final class MemberList {
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final OutputStream out;
    private boolean first = true;

    /** @param out receives single bytes, so it should be buffered */
    MemberList(OutputStream out) {
        this.out = out;
    }

    void add(CharSequence id) throws IOException {
        if (!first) {
            out.write(',');
        }
        first = false;
        out.write('"');
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c < 0x80) {
                writeAscii(c);
            } else if (c < 0x800) {
                out.write(0xc0 | (c >> 6));
                out.write(0x80 | (c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                out.write(0xe0 | (c >> 12));
                out.write(0x80 | ((c >> 6) & 0x3f));
                out.write(0x80 | (c & 0x3f));
            } else if (i + 1 < id.length() && Character.isSurrogatePair(c, id.charAt(i + 1))) {
                writePair(Character.toCodePoint(c, id.charAt(++i)));
            } else {
                // A lone surrogate has no UTF-8 form, but JSON can escape it.
                writeEscape(c);
            }
        }
        out.write('"');
    }

    private void writeAscii(char c) throws IOException {
        if (c < ' ') {
            writeEscape(c);
        } else {
            if (c == '"' || c == '\\') {
                out.write('\\');
            }
            out.write(c);
        }
    }

    private void writePair(int codePoint) throws IOException {
        out.write(0xf0 | (codePoint >> 18));
        out.write(0x80 | ((codePoint >> 12) & 0x3f));
        out.write(0x80 | ((codePoint >> 6) & 0x3f));
        out.write(0x80 | (codePoint & 0x3f));
    }

    private void writeEscape(char c) throws IOException {
        out.write('\\');
        out.write('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.write(HEX[(c >> shift) & 0xf]);
        }
    }
}

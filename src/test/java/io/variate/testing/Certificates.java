package io.variate.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority and one certificate that it has signed, created with keytool.
 *
 * @param authority certificate of the authority, in PEM
 * @param certificate the signed certificate, in PEM
 * @param key its private key, in PKCS #8 and PEM
 */
public record Certificates(Path authority, Path certificate, Path key) {
    private static final String PASSWORD = "changeit";

    /** Creates both in a new directory. */
    public static Certificates in(Path directory) throws IOException, InterruptedException, GeneralSecurityException {
        Files.createDirectories(directory);
        Path authority = directory.resolve("authority.pem");
        Path certificate = directory.resolve("certificate.pem");
        keytool(directory, "authority", "-genkeypair", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
        keytool(directory, "member", "-genkeypair", "-keyalg", "EC", "-dname", "CN=member", "-signer", "authority");
        KeyStore entries = entries(directory);
        writePem(authority, "CERTIFICATE", entries.getCertificate("authority").getEncoded());
        writePem(certificate, "CERTIFICATE", entries.getCertificate("member").getEncoded());
        byte[] key = entries.getKey("member", PASSWORD.toCharArray()).getEncoded();
        return new Certificates(authority, certificate, writePem(directory.resolve("member.key"), "PRIVATE KEY", key));
    }

    private static KeyStore entries(Path directory) throws IOException, GeneralSecurityException {
        KeyStore entries = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(directory))) {
            entries.load(in, PASSWORD.toCharArray());
        }
        return entries;
    }

    private static Path writePem(Path file, String type, byte[] content) throws IOException {
        String text = Base64.getMimeEncoder().encodeToString(content);
        return Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }

    private static Path store(Path directory) {
        return directory.resolve("store.p12");
    }

    private static void keytool(Path directory, String name, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), arguments[0]));
        command.addAll(List.of(
                "-alias",
                name,
                "-keystore",
                store(directory).toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        command.addAll(List.of(arguments).subList(1, arguments.length));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }
}

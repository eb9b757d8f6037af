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
        Path request = directory.resolve("request");
        Path certificate = directory.resolve("certificate.pem");
        keytool(directory, "authority", "-genkeypair", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
        keytool(directory, "authority", "-exportcert", "-rfc", "-file", authority.toString());
        keytool(directory, "member", "-genkeypair", "-keyalg", "EC", "-dname", "CN=member");
        keytool(directory, "member", "-certreq", "-file", request.toString());
        keytool(
                directory,
                "authority",
                "-gencert",
                "-rfc",
                "-infile",
                request.toString(),
                "-outfile",
                certificate.toString());
        return new Certificates(authority, certificate, key(directory));
    }

    private static Path key(Path directory) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(directory, "member"))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        byte[] key = keys.getKey("member", PASSWORD.toCharArray()).getEncoded();
        return Files.writeString(
                directory.resolve("member.key"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private static Path store(Path directory, String name) {
        return directory.resolve(name + ".p12");
    }

    private static void keytool(Path directory, String name, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), arguments[0]));
        command.addAll(List.of(
                "-alias",
                name,
                "-keystore",
                store(directory, name).toString(),
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

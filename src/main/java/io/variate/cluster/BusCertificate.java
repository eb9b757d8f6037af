package io.variate.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate that this node shows on the event bus: the one of the start, for the file is not read again. */
public final class BusCertificate {
    private static final Logger log = LoggerFactory.getLogger(BusCertificate.class);

    private BusCertificate() {}

    /** Shows when it ends, or the first that does of those in the file; blocks while it is read. */
    public static void observe(Settings.Tls tls, MeterRegistry metrics) {
        try {
            long end = end(tls.certificate());
            Gauge.builder(MetricNames.CLUSTER_CERTIFICATE_EXPIRY, () -> end).register(metrics);
        } catch (IOException | CertificateException e) {
            log.warn("nobody will be warned before {} ends: {}", tls.certificate(), e.getMessage());
        }
    }

    private static long end(Path file) throws IOException, CertificateException {
        long first = Long.MAX_VALUE;
        try (InputStream in = Files.newInputStream(file)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                first = Math.min(
                        first,
                        ((X509Certificate) each).getNotAfter().toInstant().getEpochSecond());
            }
        }
        return first;
    }
}

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

/** Monitors the certificate of this node on the event bus. The file is read once, when the node starts. */
public final class BusCertificate {
    private static final Logger log = LoggerFactory.getLogger(BusCertificate.class);

    private BusCertificate() {}

    /** Registers a gauge of the expiry, the earliest one if the file has several certificates. Reads the file: blocks. */
    public static void observe(Settings.Tls tls, MeterRegistry metrics) {
        try {
            long expiry = earliestExpiry(tls.certificate());
            Gauge.builder(MetricNames.CLUSTER_CERTIFICATE_EXPIRY, () -> expiry).register(metrics);
        } catch (IOException | CertificateException e) {
            log.warn(
                    "cannot read certificate, its expiry is not monitored: {} file={}",
                    e.getMessage(),
                    tls.certificate());
        }
    }

    private static long earliestExpiry(Path file) throws IOException, CertificateException {
        long earliest = Long.MAX_VALUE;
        try (InputStream in = Files.newInputStream(file)) {
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                earliest = Math.min(
                        earliest,
                        ((X509Certificate) certificate)
                                .getNotAfter()
                                .toInstant()
                                .getEpochSecond());
            }
        }
        return earliest;
    }
}

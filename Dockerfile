# Builds the jar and a Java runtime of the required modules, and runs it as an ordinary user. The root file system may be
# read-only (docker run --read-only): the node writes only to the volume /data.
FROM maven:3.9.11-eclipse-temurin-17 AS build
WORKDIR /build
# The modules reported by jdeps, and those it cannot detect: elliptic curves of TLS (jdk.crypto.ec), Kerberos logins of
# Kafka (jdk.security.jgss), and jcmd for diagnosis. The CDS archive of the JDK classes speeds up the first runs; jlink
# omits it.
RUN jlink --strip-java-debug-attributes --no-header-files --no-man-pages --output /opt/java --add-modules \
java.base,java.compiler,java.desktop,java.management,java.naming,java.net.http,java.scripting,java.security.jgss,\
java.security.sasl,java.sql,jdk.crypto.ec,jdk.jcmd,jdk.jfr,jdk.management,jdk.net,jdk.security.jgss,jdk.unsupported \
 && /opt/java/bin/java -Xshare:dump
COPY pom.xml ./
COPY .mvn .mvn
COPY cluster/cluster.xml cluster/cluster.xml
COPY src/main src/main
RUN mvn -B -Dmaven.test.skip=true package
# Native libraries, which would otherwise be unpacked from the jar into a temporary directory at each start.
RUN case $(uname -m) in x86_64) netty=x86_64 lz4=amd64 ;; *) netty=aarch_64 lz4=aarch64 ;; esac \
 && cd /tmp \
 && jar xf /build/target/variate.jar META-INF/native net/jpountz/util/linux \
 && install -D -t /opt/variate/lib "META-INF/native/libnetty_transport_native_epoll_$netty.so" \
      "net/jpountz/util/linux/$lz4/liblz4-java.so"

FROM debian:12.12-slim
RUN groupadd --gid 10001 variate \
 && useradd --uid 10001 --gid variate --no-create-home --home-dir /data --shell /usr/sbin/nologin variate \
 && install -d -o variate -g variate -m 0750 /data
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/variate/lib /opt/variate/lib
COPY conf/variate.yaml /opt/variate/conf/variate.yaml
COPY --from=build /build/target/variate.jar /opt/variate/variate.jar
ENV PATH=/opt/java/bin:$PATH VARIATE_NODE_DATA_DIR=/data
WORKDIR /opt/variate
# A CDS archive of the classes loaded at startup.
RUN java -XX:ArchiveClassesAtExit=variate.jsa -Djava.library.path=/opt/variate/lib -jar variate.jar rehearse
# Numeric, so that Kubernetes can verify that it is not root.
USER 10001:10001
VOLUME /data
# 3546 and 9090 in place of evaluation-proxy.
EXPOSE 8080 8081 5701 5702 3546 9090
# A shell instead of a separate program, because it costs almost nothing every five seconds.
HEALTHCHECK --interval=5s --timeout=2s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${VARIATE_ADMIN_PORT:-8081} && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# Exec form, so that java is PID 1 and receives SIGTERM. JAVA_TOOL_OPTIONS adds options.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=60", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", \
  "-XX:SharedArchiveFile=variate.jsa", \
  "-XX:ErrorFile=/data/hs_err.log", "-Djava.library.path=/opt/variate/lib", "-Djava.io.tmpdir=/data", \
  "-jar", "variate.jar"]

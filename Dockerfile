# Builds the jar, then runs it as an ordinary user. Data (the ruleset snapshot) lives in /data.
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
COPY cluster cluster
RUN mvn -B -Dmaven.test.skip=true package

FROM eclipse-temurin:17-jre
RUN groupadd --gid 10001 variate \
 && useradd --uid 10001 --gid variate --home-dir /data --shell /usr/sbin/nologin variate \
 && install -d -o variate -g variate /data
COPY --from=build /build/target/variate.jar /opt/variate/variate.jar
COPY conf/variate.yaml /opt/variate/conf/variate.yaml
USER variate
WORKDIR /opt/variate
ENV VARIATE_NODE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080 8081 5701
HEALTHCHECK --interval=5s --timeout=2s --start-period=20s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${VARIATE_ADMIN_PORT:-8081} && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# exec form: java is PID 1 and gets SIGTERM itself.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=60", "-XX:+ExitOnOutOfMemoryError", "-jar", "variate.jar"]

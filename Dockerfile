# The bridge as an image. The stage "build" also has a JDK, which runs the example services from their sources.
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
COPY pom.xml cluster.xml LICENSE NOTICE README.md ./
COPY .mvn .mvn
COPY webroot webroot
COPY src src
RUN mvn --batch-mode --quiet package -DskipTests
RUN src/ops/image/runtime.sh target/sse-bridge.jar /runtime

FROM debian:12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /sse-bridge bridge
WORKDIR /sse-bridge
COPY --from=build /runtime runtime
COPY --from=build /build/target/sse-bridge.jar /build/target/sse-bridge.cdx.json ./
COPY src/ops/image/archive.sh src/ops/image/health ./
# Here, because the archive fits to this runtime and this jar only. A node serves a load for half a minute.
RUN ./archive.sh runtime/bin/java /sse-bridge/sse-bridge.jar
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=6s --start-period=150s CMD ["/sse-bridge/health"]
# SIGTERM goes to java, which stops in order.
ENTRYPOINT ["/sse-bridge/runtime/bin/java", "@/sse-bridge/java.options", "-XX:MaxRAMPercentage=60", "-jar", "/sse-bridge/sse-bridge.jar"]

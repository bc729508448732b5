# The bridge as an image. The stage "build" also has a JDK, which runs the example services from their sources.
FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /build
COPY pom.xml cluster.xml LICENSE NOTICE ./
COPY .mvn .mvn
COPY webroot webroot
COPY src src
RUN mvn --batch-mode --quiet package -DskipTests

FROM eclipse-temurin:21-jre
RUN useradd --system --uid 10001 --create-home --home-dir /sse-bridge bridge
WORKDIR /sse-bridge
COPY --from=build /build/target/sse-bridge.jar ./
USER 10001
EXPOSE 8080
# SIGTERM goes to java, which stops in order.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=60", "-jar", "sse-bridge.jar"]

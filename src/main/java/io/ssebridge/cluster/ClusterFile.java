package io.ssebridge.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.core.HazelcastException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.xml.XMLConstants;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.helpers.DefaultHandler;

/** The configuration of Hazelcast: the operator's file, and settings that the bridge needs. */
final class ClusterFile {
    private static final Path IN_WORKING_DIRECTORY = Path.of("cluster.xml");
    private static final String BUILT_IN = "/io/ssebridge/cluster.xml";
    private static final int MAX_CAUSE = 200;

    private ClusterFile() {}

    /**
     * Reads the configuration.
     *
     * @param file the file; empty: {@code cluster.xml} in the working directory, else the built-in copy
     * @throws IllegalArgumentException if the configuration cannot be read; the message is one line
     */
    static Config load(Optional<Path> file) {
        Optional<Path> found = file.or(() -> Optional.of(IN_WORKING_DIRECTORY).filter(Files::exists));
        try (InputStream in = open(found)) {
            byte[] xml = in.readAllBytes();
            checkForm(xml);
            return BridgeCluster.configure(new XmlConfigBuilder(new ByteArrayInputStream(xml)).build());
        } catch (IOException | SAXException | ParserConfigurationException | HazelcastException e) {
            throw unusable(found, cause(e), e);
        }
    }

    /** Returns the line, if it is known, and the cause, without the list of all that is allowed there. */
    private static String cause(Exception e) {
        String message = String.valueOf(e.getMessage())
                .replaceFirst("^(org\\.xml\\.sax\\.SAXParseException;.*?: )?(cvc-[a-z0-9.-]+: )?", "")
                .replaceAll("\"http://www\\.hazelcast\\.com/schema/[a-z-]+\":", "")
                .replaceAll("[{}]", "");
        String brief = message.length() <= MAX_CAUSE ? message : message.substring(0, MAX_CAUSE) + "...";
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SAXParseException located && located.getLineNumber() > 0) {
                return "line %d: %s".formatted(located.getLineNumber(), brief);
            }
        }
        return brief;
    }

    /** Checks the XML in advance: Hazelcast would print the error without its line number before it throws. */
    private static void checkForm(byte[] xml) throws IOException, SAXException, ParserConfigurationException {
        SAXParserFactory parsers = SAXParserFactory.newInstance();
        parsers.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        parsers.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        parsers.newSAXParser().parse(new ByteArrayInputStream(xml), new DefaultHandler());
    }

    private static IllegalArgumentException unusable(Optional<Path> file, String why, Exception cause) {
        return new IllegalArgumentException(
                "%s: no cluster configuration of Hazelcast can be read from it: %s"
                        .formatted(name(file), onOneLine(why)),
                cause);
    }

    /** Returns the name of the file that {@link #load} reads, for messages. */
    static String name(Optional<Path> file) {
        return file.map(Path::toString)
                .orElse(
                        Files.exists(IN_WORKING_DIRECTORY)
                                ? IN_WORKING_DIRECTORY.toString()
                                : "the built-in cluster.xml");
    }

    private static InputStream open(Optional<Path> file) throws IOException {
        return file.isPresent()
                ? Files.newInputStream(file.get())
                : Objects.requireNonNull(ClusterFile.class.getResourceAsStream(BUILT_IN), BUILT_IN);
    }

    /** Returns a message on one line, because messages of libraries may have several lines. */
    static String onOneLine(String message) {
        return message.lines().map(String::strip).collect(Collectors.joining(" "));
    }
}

package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.JoinConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterFileTest {
    @TempDir
    private Path directory = Path.of("");

    private Path file(String network) throws IOException {
        return Files.writeString(directory.resolve("cluster.xml"), """
                <hazelcast xmlns="http://www.hazelcast.com/schema/config">
                  <network>
                    %s
                  </network>
                </hazelcast>
                """.formatted(network));
    }

    private JoinConfig join(String join) throws IOException {
        return ClusterFile.load(Optional.of(file("<join>" + join + "</join>")))
                .getNetworkConfig()
                .getJoin();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<tcp-ip enabled='true'><member>10.0.0.1</member></tcp-ip>",
                "<kubernetes enabled='true'><service-dns>sse</service-dns></kubernetes>",
                "<aws enabled='true'/>",
                "<gcp enabled='true'/>",
                "<azure enabled='true'/>",
                "<eureka enabled='true'/>",
                "<discovery-strategies><discovery-strategy enabled='true' class='x.Y'/></discovery-strategies>"
            })
    void aWayToFindNodes_isTheOnlyOne(String explicit) throws IOException {
        JoinConfig join = join(explicit);

        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
    }

    @Test
    void multicastAlone_stays() throws IOException {
        assertThat(join("<multicast enabled='true'/>").getMulticastConfig().isEnabled())
                .isTrue();
    }

    @Test
    void anElementThatIsUnknown_isNamedInAShortLine() throws IOException {
        Path file = file("</network>\n<joyn/>\n<network>");

        assertThatThrownBy(() -> ClusterFile.load(Optional.of(file)))
                .hasMessageStartingWith(
                        file
                                + ": no cluster configuration of Hazelcast can be read from it: line 4: Invalid content was found starting with element 'joyn'.")
                .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(400));
    }

    @Test
    void xmlThatIsBroken_isNamedWithTheLine() throws IOException {
        Path file = file("<join>");

        assertThatThrownBy(() -> ClusterFile.load(Optional.of(file)))
                .hasMessageStartingWith(
                        file
                                + ": no cluster configuration of Hazelcast can be read from it: line 4: The element type \"join\"");
    }
}

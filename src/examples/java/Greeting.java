import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.FileNotFoundException;

/**
 * The shortest Vert.x service that brings something to browsers: one request to the address that feeds the channel.
 *
 * <pre>java -Dhazelcast.logging.type=slf4j -cp target/sse-bridge.jar src/examples/java/Greeting.java</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class Greeting {
    private Greeting() {}

    /**
     * Joins the cluster of {@code cluster.xml} in the working directory, greets and leaves.
     *
     * @param args none
     */
    public static void main(String[] args) throws FileNotFoundException {
        var cluster = new HazelcastClusterManager(new FileSystemXmlConfig("cluster.xml"));
        var vertx = Vertx.builder().withClusterManager(cluster).buildClustered().await();
        var greeting = new JsonObject().put("text", "Hello from Vert.x");
        var answer = vertx.eventBus().request("sse", greeting);
        answer.onComplete(reply -> System.out.println(reply.body()), System.out::println)
                .eventually(vertx::close);
    }
}

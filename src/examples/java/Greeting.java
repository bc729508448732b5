import com.hazelcast.config.FileSystemXmlConfig;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.File;
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
        if (!new File("cluster.xml").exists()) {
            System.err.println(
                    "no cluster.xml in this directory (expected: the one that the nodes of the cluster use)");
            System.exit(2);
        }
        var cluster = new HazelcastClusterManager(new FileSystemXmlConfig("cluster.xml"));
        var vertx = Vertx.builder().withClusterManager(cluster).buildClustered().await();
        var greeting = new JsonObject().put("text", "Hello from Vert.x");
        var answer = vertx.eventBus().request("sse", greeting);
        answer.onComplete(reply -> System.out.println(reply.body()), Greeting::explain)
                .eventually(vertx::close);
    }

    private static void explain(Throwable failure) {
        boolean nobody = failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
        System.err.println(
                nobody ? "no node in this cluster (expected: one that is started first)" : failure.getMessage());
    }
}

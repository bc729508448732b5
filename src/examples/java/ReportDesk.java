import com.hazelcast.config.FileSystemXmlConfig;
import io.ssebridge.Bridge;
import io.ssebridge.BridgeOptions;
import io.ssebridge.access.Caller;
import io.ssebridge.access.Grant;
import io.ssebridge.cluster.BridgeCluster;
import io.ssebridge.event.Event;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.sstore.LocalSessionStore;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * An application with a login of its own that tells each user when a report is ready. The bridge is mounted on {@code /live}
 * and knows the user by the session of the application.
 *
 * <pre>java -cp target/sse-bridge.jar src/examples/java/ReportDesk.java cluster.xml 8090</pre>
 */
@SuppressWarnings("DefaultPackage") // Java runs it from its source.
public final class ReportDesk {
    private static final JsonObject OPTIONS = new JsonObject()
            .put(
                    "channels",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("channel", "users.{sub}.reports")
                                    .put("subscribe", "owner")));

    private final Bridge bridge;

    private ReportDesk(Bridge bridge) {
        this.bridge = bridge;
    }

    /**
     * Joins a cluster and serves.
     *
     * @param args Hazelcast's configuration and the port
     */
    public static void main(String[] args) throws Exception {
        var config = BridgeCluster.configure(new FileSystemXmlConfig(args[0]));
        var vertx = Vertx.builder()
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered()
                .await();
        var bridge = Bridge.open(vertx, BridgeOptions.of(OPTIONS).callers(ReportDesk::caller))
                .await();
        var server = vertx.createHttpServer()
                .requestHandler(new ReportDesk(bridge).router(vertx))
                .listen(Integer.parseInt(args[1]), "127.0.0.1")
                .await();
        System.out.println("http://127.0.0.1:" + server.actualPort());
    }

    private Router router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.route().handler(SessionHandler.create(LocalSessionStore.create(vertx)));
        router.post("/login/:user").handler(ReportDesk::login);
        router.post("/reports/:name").handler(this::report);
        router.route("/live/*").subRouter(bridge.router());
        return router;
    }

    /** Stands for a real login, which would ask for a password. */
    private static void login(RoutingContext request) {
        request.session().put("user", request.pathParam("user"));
        request.response().setStatusCode(204).end();
    }

    /** Tells the bridge the user of a request. The user may read the channels that belong to this name. */
    private static Future<Caller> caller(RoutingContext request) {
        String user = request.session().get("user");
        return Future.succeededFuture(user == null ? Caller.ANONYMOUS : Caller.of(Grant.of(user)));
    }

    private void report(RoutingContext request) {
        String user = request.session().get("user");
        if (user == null) {
            request.fail(401);
            return;
        }
        var ready = new JsonObject().put("report", request.pathParam("name"));
        bridge.publish("users." + user + ".reports", Event.of("report-ready", ready))
                .onSuccess(receipt -> request.response()
                        .setStatusCode(202)
                        .end(receipt.toJson().encode()))
                .onFailure(request::fail);
    }
}

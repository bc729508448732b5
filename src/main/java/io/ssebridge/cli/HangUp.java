package io.ssebridge.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signal SIGHUP, on platforms that have it. The class of the JDK for signals is not a part of Java, so it is looked up
 * when the program runs.
 */
final class HangUp {
    private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

    private HangUp() {}

    /**
     * Sets what the signal does.
     *
     * @param handler called on a thread of the JVM
     */
    static void handle(Runnable handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    HangUp.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            handler.run();
                            return null;
                        }
                        return switch (method.getName()) {
                            case "equals" -> arguments != null && self == arguments[0];
                            case "hashCode" -> System.identityHashCode(self);
                            default -> "SIGHUP";
                        };
                    });
            Object unused = signal.getMethod("handle", signal, handlerType)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
        } catch (InvocationTargetException e) {
            // The platform has no such signal, or the JVM runs with -Xrs.
            LOG.debug("No SIGHUP here", e.getCause());
        } catch (ReflectiveOperationException e) {
            LOG.debug("No signals here", e);
        }
    }
}

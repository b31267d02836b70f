package dev.grapevine.agent.serf;

import java.lang.reflect.Proxy;

/**
 * The operating system's signals, by way of {@code sun.misc.Signal}: the JDK has no other way to tell SIGINT from SIGTERM.
 * It is reached by reflection, since it is no public API and compilers warn of it.
 */
final class Signals {
    private Signals() {}

    /**
     * Runs {@code action} on a thread of its own whenever the signal comes, instead of what the JVM would do.
     *
     * @param name without the leading SIG, for example {@code INT}
     * @return false if that cannot be had here, and the signal does what it always did
     */
    static boolean on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) action.run();
                        return null;
                    });
            Object named = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, named, proxy);
            return true;
        } catch (ReflectiveOperationException unknown) {
            return false;
        }
    }
}

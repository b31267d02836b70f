package dev.grapevine.testkit;

import dev.grapevine.sim.MachineFactory;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a {@link GrapevineTest} seed by seed until one fails, and makes that failure small. The annotation registers it. */
public final class GrapevineExtension implements TestTemplateInvocationContextProvider {
    /** Made by JUnit. */
    public GrapevineExtension() {}

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return AnnotationSupport.isAnnotated(context.getTestMethod(), GrapevineTest.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        GrapevineTest test = annotation(context);
        if (test.nodes() < 1) throw new IllegalArgumentException("nodes = " + test.nodes() + " is below 1");
        if (test.seeds() < 1) throw new IllegalArgumentException("seeds = " + test.seeds() + " is below 1");
        Trial named = Trial.named(test.nodes());
        if (named != null) return Stream.of(new Run(test, named, new AtomicBoolean()));
        AtomicBoolean failed = new AtomicBoolean();
        return LongStream.range(test.firstSeed(), test.firstSeed() + test.seeds())
                .takeWhile(seed -> !failed.get()) // one failing seed is enough to look at
                .mapToObj(seed -> new Run(test, new Trial(seed, test.nodes(), new TreeSet<>()), failed));
    }

    private static GrapevineTest annotation(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), GrapevineTest.class)
                .orElseThrow();
    }

    /** One seed. */
    private static final class Run
            implements TestTemplateInvocationContext, ParameterResolver, TestExecutionExceptionHandler, Shrinking.Runs {
        private final GrapevineTest test;
        private final Trial first;
        private final AtomicBoolean failed;
        private Trial trial;
        private @Nullable SimulatedCluster cluster;
        private @Nullable ExtensionContext context;

        Run(GrapevineTest test, Trial trial, AtomicBoolean failed) {
            this.test = test;
            this.first = trial;
            this.trial = trial;
            this.failed = failed;
        }

        @Override
        public String getDisplayName(int invocation) {
            return first.properties(test.nodes());
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == SimulatedCluster.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            SimulatedCluster made =
                    new SimulatedCluster(trial.nodes(), trial.seed(), machines(), test.profile(), trial.without());
            cluster = made;
            if (test.joined() && test.machines() == MachineFactory.class) made.awaitJoined();
            return made;
        }

        private @Nullable MachineFactory machines() {
            if (test.machines() == MachineFactory.class) return null;
            try {
                Constructor<? extends MachineFactory> constructor =
                        test.machines().getDeclaredConstructor();
                constructor.setAccessible(true);
                return constructor.newInstance();
            } catch (ReflectiveOperationException wrong) {
                throw new IllegalArgumentException(
                        test.machines().getName() + " needs a constructor without parameters", wrong);
            }
        }

        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
            if (failure instanceof org.opentest4j.TestAbortedException) throw failure; // an assumption, no failure
            failed.set(true);
            this.context = context;
            Shrinking shrinking = new Shrinking(context.getRequiredTestClass(), first, failure, faults(), this);
            if (System.getProperty(Trial.SEED) == null) shrinking.run();
            SeedFailure told = new SeedFailure(first.seed(), message(shrinking), shrinking.failure());
            if (!shrinking.failure().equals(failure))
                told.addSuppressed(failure); // as it was with all nodes and faults
            throw told;
        }

        private String message(Shrinking found) {
            Trial smallest = found.smallest();
            StringBuilder text =
                    new StringBuilder(String.valueOf(found.failure().getMessage()));
            text.append("\n  seed ")
                    .append(smallest.seed())
                    .append(", ")
                    .append(smallest.nodes())
                    .append(" nodes");
            if (smallest.nodes() != test.nodes())
                text.append(" (of ").append(test.nodes()).append(')');
            text.append(", ")
                    .append(found.faults().size() - smallest.without().size())
                    .append(" faults");
            if (!smallest.without().isEmpty())
                text.append(" (of ").append(found.faults().size()).append(')');
            if (found.tries() > 0) text.append(", after ").append(found.tries()).append(" tries to make it small");
            for (int i = 0; i < found.faults().size(); i++)
                if (!smallest.without().contains(i))
                    text.append("\n  ").append(found.faults().get(i));
            return text.append("\n  again: ")
                    .append(smallest.properties(test.nodes()))
                    .toString();
        }

        @Override
        public @Nullable Throwable run(Trial smaller) {
            ExtensionContext around = context;
            if (around == null) throw new IllegalStateException("nothing has failed yet");
            trial = smaller;
            cluster = null;
            Method method = around.getRequiredTestMethod();
            try {
                around.getExecutableInvoker().invoke(method, instance(around, method));
                return null;
            } catch (Throwable thrown) {
                if (thrown instanceof VirtualMachineError grave) throw grave;
                // A node that is not there says that the test needs more of them, whatever came of it.
                for (Throwable cause = thrown; cause != null; cause = cause.getCause())
                    if (cause instanceof NoSuchNodeException) return null;
                return thrown;
            }
        }

        // A fresh object where there can be one, so that fields do not carry over from the run before.
        private static @Nullable Object instance(ExtensionContext around, Method method) {
            if (Modifier.isStatic(method.getModifiers())) return null;
            Class<?> type = around.getRequiredTestClass();
            boolean inner = type.isMemberClass() && !Modifier.isStatic(type.getModifiers());
            if (inner
                    || around.getTestInstanceLifecycle().orElse(null)
                            == org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS)
                return around.getRequiredTestInstance();
            return around.getExecutableInvoker().invoke(type.getDeclaredConstructors()[0]);
        }

        @Override
        public List<String> faults() {
            return cluster == null ? List.of() : cluster.faults();
        }
    }
}

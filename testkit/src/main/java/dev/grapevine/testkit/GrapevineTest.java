package dev.grapevine.testkit;

import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.sim.MachineFactory;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method that runs once per seed, each time with a fresh {@link SimulatedCluster} as its parameter. The first seed that fails
 * ends it: the failure is made small (fewer nodes, fewer faults) and told with the property that repeats it,
 * {@code -Dgrapevine.seed=17}. For that the method is called again, so keep what belongs to a run in local variables.
 *
 * <pre>{@code
 * @GrapevineTest(nodes = 50, seeds = 100)
 * void everybodyHearsOfACrash(SimulatedCluster cluster) {
 *     cluster.node(3).crash();
 *     cluster.eventually("all know", Duration.ofSeconds(10), () -> cluster.up().stream()
 *             .allMatch(node -> node.status("node-3") == Status.FAILED));
 * }
 * }</pre>
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(GrapevineExtension.class)
public @interface GrapevineTest {
    /** How many nodes, {@code >= 1}. */
    int nodes() default 5;

    /** How many seeds, {@code >= 1}. */
    int seeds() default 20;

    /** The first seed; the others follow it. */
    long firstSeed() default 1;

    /** The times of membership. */
    Profile profile() default Profile.LAN;

    /** Whether the test begins once all nodes know each other; otherwise as they start. */
    boolean joined() default true;

    /** Makes the machines: Grapevine's nodes unless you name a factory of your own, which needs a constructor without parameters. */
    Class<? extends MachineFactory> machines() default MachineFactory.class;
}

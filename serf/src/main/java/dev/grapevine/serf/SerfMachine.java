package dev.grapevine.serf;

import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.util.random.RandomGenerator;

/**
 * One Serf node as a {@link Machine}. Under construction: it holds its settings and answers {@link SerfCommand.Members}
 * and the like only in later commits; every command is refused for now.
 */
public final class SerfMachine implements Machine {
    private final SerfSettings settings;
    private final RandomGenerator random;

    /**
     * A node that has not started.
     *
     * @param random seeded from a secure source wherever there are keys: it also makes nonces, and two nodes with one seed
     *     and one key would break the cipher
     */
    public SerfMachine(SerfSettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        if (input instanceof Input.Commanded commanded)
            effects.add(new dev.grapevine.core.Effect.Refuse(
                    commanded.id(),
                    settings.name() + " does not run yet (generator "
                            + random.getClass().getSimpleName() + ")"));
    }

    @Override
    public long nextDeadlineNanos() {
        return Long.MAX_VALUE;
    }
}

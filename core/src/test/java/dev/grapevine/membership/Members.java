package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;

/** Members for tests: {@code n7} lives at 10.0.0.7:7000, generation 1000. */
public final class Members {
    /** How a row of a table that no membership fills became known. */
    static final Learned NOW = new Learned(0, null, 0);

    private Members() {}

    public static Address address(int id) {
        return Address.ipv4(0x0A00_0000 + id, 7000);
    }

    public static Member member(int id) {
        return member(id, 1000, 0, Status.ALIVE);
    }

    public static Member member(int id, long generation, long incarnation, Status status) {
        return new Member("n" + id, generation, incarnation, status, address(id), Tags.NONE, 1, 1);
    }

    public static SplittableGenerator random(long seed) {
        return (SplittableGenerator)
                RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }
}

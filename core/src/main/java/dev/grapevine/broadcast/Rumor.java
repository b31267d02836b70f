package dev.grapevine.broadcast;

import java.util.Arrays;

/**
 * An entry and its value.
 *
 * @param key shared if and only if {@code version} is a {@link Version.Vector}
 * @param payload the value; not copied, so do not change it
 * @param hops nodes it went through, 0 at its writer; at most {@value #MAX_HOPS}, where counting ends
 */
public record Rumor(RumorKey key, Version version, byte[] payload, int hops) {
    /** Where counting of hops ends. */
    public static final int MAX_HOPS = 65_535;

    public Rumor {
        if (key.isShared() != version instanceof Version.Vector)
            throw new IllegalArgumentException(
                    "shared keys have vectors and owned keys numbers: " + key + " " + version);
        if (hops < 0 || hops > MAX_HOPS) throw new IllegalArgumentException("hops " + hops + " not in 0.." + MAX_HOPS);
    }

    /** The same value one node further. */
    Rumor oneHopOn() {
        return new Rumor(key, version, payload, Math.min(hops + 1, MAX_HOPS));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rumor(RumorKey otherKey, Version otherVersion, byte[] otherPayload, int otherHops)
                && key.equals(otherKey)
                && version.equals(otherVersion)
                && hops == otherHops
                && Arrays.equals(payload, otherPayload);
    }

    @Override
    public int hashCode() {
        return (key.hashCode() * 31 + version.hashCode()) * 31 + Arrays.hashCode(payload);
    }

    @Override
    public String toString() {
        return "Rumor[" + key.owner() + "/" + key.name() + " " + version + " " + payload.length + " B, hops " + hops
                + "]";
    }
}

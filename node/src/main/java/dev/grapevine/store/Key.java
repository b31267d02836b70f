package dev.grapevine.store;

import java.util.Arrays;

/** Bytes as a key of a map; not to be changed. */
record Key(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Key" + Arrays.toString(bytes);
    }
}

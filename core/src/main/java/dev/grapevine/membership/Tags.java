package dev.grapevine.membership;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A member's attributes: small texts that every member knows of every other. They travel with the member's own news and share
 * its incarnation as their version. Immutable.
 *
 * <p>On the wire: the number of pairs as a varint, then for each key, in ascending order, key and value as length and UTF-8.
 */
public final class Tags {
    /** Most bytes that all keys and values may take together as encoded. */
    public static final int MAX_BYTES = 512;

    /** No tags. */
    public static final Tags NONE = new Tags(new TreeMap<>());

    private final TreeMap<String, String> byKey;
    private final int sizeBytes;

    private Tags(TreeMap<String, String> byKey) {
        this.byKey = byKey;
        int size = Wire.varintSize(byKey.size());
        for (Map.Entry<String, String> tag : byKey.entrySet())
            size += Wire.textSize(tag.getKey()) + Wire.textSize(tag.getValue());
        this.sizeBytes = size;
    }

    /**
     * @throws IllegalArgumentException if the tags take more than {@link #MAX_BYTES} as encoded, or a key is empty
     */
    public static Tags of(Map<String, String> tags) {
        if (tags.isEmpty()) return NONE;
        Tags made = new Tags(new TreeMap<>(tags));
        for (Map.Entry<String, String> tag : made.byKey.entrySet())
            if (!Wire.isText(tag.getKey()) || !Wire.isText(tag.getValue()))
                throw new IllegalArgumentException(
                        "a tag is Unicode text: half of a surrogate pair stands alone in one");
        if (made.byKey.containsKey("")) throw new IllegalArgumentException("a tag needs a key");
        if (made.sizeBytes > MAX_BYTES)
            throw new IllegalArgumentException(
                    "tags take " + made.sizeBytes + " bytes, the limit is " + MAX_BYTES + ": shorten or remove some");
        return made;
    }

    /** Keys and values in ascending order of the keys; cannot be changed. */
    public SortedMap<String, String> asMap() {
        return Collections.unmodifiableSortedMap(byKey);
    }

    /** Bytes that {@link #encode} writes, at most {@link #MAX_BYTES}. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Writes the layout given above. */
    public void encode(ByteBuffer to) {
        Wire.putVarint(to, byKey.size());
        for (Map.Entry<String, String> tag : byKey.entrySet()) {
            Wire.putText(to, tag.getKey());
            Wire.putText(to, tag.getValue());
        }
    }

    /** Reads what {@link #encode} wrote. */
    public static Tags decode(ByteBuffer from) {
        int start = from.position();
        int count = (int) Wire.varint(from, MAX_BYTES / 3);
        if (count == 0) return NONE;
        TreeMap<String, String> tags = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int at = from.position();
            String key = Wire.text(from, MAX_BYTES);
            String value = Wire.text(from, MAX_BYTES);
            // Only one encoding of a set of tags is good: ascending, no key twice, none empty.
            if (key.isEmpty() || !tags.isEmpty() && tags.lastKey().compareTo(key) >= 0)
                throw new MalformedPacketException(Reason.BAD_VALUE, at);
            tags.put(key, value);
            if (from.position() - start > MAX_BYTES) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        }
        return new Tags(tags);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Tags tags && byKey.equals(tags.byKey);
    }

    @Override
    public int hashCode() {
        return byKey.hashCode();
    }

    @Override
    public String toString() {
        return byKey.toString();
    }
}

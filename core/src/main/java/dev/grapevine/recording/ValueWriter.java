package dev.grapevine.recording;

import dev.grapevine.core.Address;
import dev.grapevine.core.Composed;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.KeyRing;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Values of commands, settings, events and answers as bytes: numbers, texts, bytes, lists, sets, maps, enums, durations and records
 * of them, whoever defines the record. Equal values have equal bytes in every JVM, also maps and sets without an order. A key is
 * written as its fingerprint.
 */
final class ValueWriter {
    static final int NULL = 0;
    static final int FALSE = 1;
    static final int TRUE = 2;
    static final int INTEGER = 3;
    static final int FLOATING = 4;
    static final int TEXT = 5;
    static final int BYTES = 6;
    static final int LIST = 7;
    static final int MAP = 8;
    static final int ENUM = 9;
    static final int RECORD = 10;
    static final int NAMED_RECORD = 11;
    static final int ADDRESS = 12;
    static final int TAGS = 13;
    static final int KEY_RING = 14;
    static final int SECRET = 15;
    static final int DURATION = 16;
    static final int ZEROS = 17;

    private static final int MAX_DEPTH = 32;

    private final Map<Class<?>, Shape> shapes = new HashMap<>();
    private final boolean redacting;

    /** @param redacting whether {@code byte[]} values are written as zeros of the same length */
    ValueWriter(boolean redacting) {
        this.redacting = redacting;
    }

    /**
     * Writes {@code value}.
     *
     * @throws UnsupportedValueException if something in it has no form as bytes; part of it may then be written
     */
    void write(@Nullable Object value, Sink to) {
        write(value, Object.class, to, 0);
    }

    private void write(@Nullable Object value, java.lang.reflect.Type declared, Sink to, int depth) {
        if (depth > MAX_DEPTH) throw new UnsupportedValueException("values in values, deeper than " + MAX_DEPTH);
        switch (value) {
            case null -> to.u8(NULL);
            case Boolean truth -> to.u8(truth ? TRUE : FALSE);
            case Long number -> integer(number, to);
            case Integer number -> integer(number, to);
            case Short number -> integer(number, to);
            case Byte number -> integer(number, to);
            case Character number -> integer(number, to);
            case Double number -> floating(number, to);
            case Float number -> floating(number, to);
            case String text -> text(text, to);
            case byte[] bytes -> bytes(bytes, to);
            case Enum<?> constant -> {
                to.u8(ENUM);
                to.text(constant.name());
            }
            case Duration duration -> {
                to.u8(DURATION);
                to.signed(duration.toNanos());
            }
            case Address address -> {
                to.u8(ADDRESS);
                to.address(address);
            }
            case Tags tags -> {
                to.u8(TAGS);
                ByteBuffer encoded = ByteBuffer.allocate(tags.sizeBytes());
                tags.encode(encoded);
                to.bytes(encoded.flip());
            }
            case KeyRing ring -> {
                to.u8(KEY_RING);
                to.varint(ring.size());
                for (long fingerprint : ring.fingerprints()) to.i64(fingerprint);
            }
            case List<?> list -> list(list, to, depth);
            case Set<?> set -> unordered(set, LIST, to, depth);
            case Map<?, ?> map -> map(map, to, depth);
            case Record made -> made(made, declared, to, depth);
            case Composed composed -> list(composed.composition(), to, depth);
            case Object array when array.getClass().isArray() -> array(array, to, depth);
            default ->
                throw new UnsupportedValueException(
                        "a value of " + value.getClass().getName());
        }
    }

    private static void integer(long number, Sink to) {
        to.u8(INTEGER);
        to.signed(number);
    }

    private static void floating(double number, Sink to) {
        to.u8(FLOATING);
        to.i64(Double.doubleToLongBits(number));
    }

    private static void text(String text, Sink to) {
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            int point = text.codePointAt(i);
            if (Character.isBmpCodePoint(point) && Character.isSurrogate((char) point))
                throw new UnsupportedValueException("half a character");
        }
        to.u8(TEXT);
        to.text(text);
    }

    private void bytes(byte[] bytes, Sink to) {
        if (redacting) {
            to.u8(ZEROS);
            to.varint(bytes.length);
        } else {
            to.u8(BYTES);
            to.bytes(bytes);
        }
    }

    private void list(List<?> list, Sink to, int depth) {
        to.u8(LIST);
        to.varint(list.size());
        for (Object each : list) write(each, Object.class, to, depth + 1);
    }

    private void array(Object array, Sink to, int depth) {
        to.u8(LIST);
        int length = Array.getLength(array);
        to.varint(length);
        for (int i = 0; i < length; i++) write(Array.get(array, i), Object.class, to, depth + 1);
    }

    private void map(Map<?, ?> map, Sink to, int depth) {
        if (map instanceof SortedMap || map instanceof LinkedHashMap) {
            to.u8(MAP);
            to.varint(map.size());
            for (Map.Entry<?, ?> each : map.entrySet()) {
                write(each.getKey(), Object.class, to, depth + 1);
                write(each.getValue(), Object.class, to, depth + 1);
            }
        } else unordered(map.entrySet(), MAP, to, depth);
    }

    // Sets and maps without an order are iterated anew in each JVM: what they hold is put in the order of its bytes.
    private void unordered(Set<?> set, int tag, Sink to, int depth) {
        Sink one = new Sink();
        byte[][] each = new byte[set.size()][];
        int count = 0;
        for (Object element : set) {
            one.clear();
            if (tag == MAP && element instanceof Map.Entry<?, ?> entry) {
                write(entry.getKey(), Object.class, one, depth + 1);
                write(entry.getValue(), Object.class, one, depth + 1);
            } else write(element, Object.class, one, depth + 1);
            each[count++] = Arrays.copyOf(one.array(), one.size());
        }
        Arrays.sort(each, Arrays::compareUnsigned);
        to.u8(tag);
        to.varint(count);
        for (byte[] bytes : each) for (byte b : bytes) to.u8(b);
    }

    private void made(Record value, java.lang.reflect.Type declared, Sink to, int depth) {
        Class<?> type = value.getClass();
        Shape shape = shapes.get(type);
        if (shape == null) shapes.put(type, shape = new Shape(type));
        if (declared == type) to.u8(RECORD);
        else {
            to.u8(NAMED_RECORD);
            to.text(type.getName());
        }
        to.varint(shape.names.length);
        for (int i = 0; i < shape.names.length; i++) {
            to.text(shape.names[i]);
            Object component = shape.get(i, value);
            if (shape.secret[i]) secret(component, to);
            else write(component, shape.types[i], to, depth + 1);
        }
    }

    private static void secret(@Nullable Object key, Sink to) {
        if (!(key instanceof byte[] bytes)) throw new UnsupportedValueException("a secret that is not bytes");
        to.u8(SECRET);
        // A key of the wrong length is refused by whoever takes it; its length is all that is kept of it.
        boolean whole = bytes.length == KeyRing.KEY_BYTES;
        to.varint(bytes.length);
        to.i64(whole ? KeyRing.fingerprint(bytes) : 0);
    }
}

package dev.grapevine.recording;

import dev.grapevine.membership.Tags;
import dev.grapevine.wire.KeyRing;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.Wire;
import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ValueWriter} wrote. Makes nothing but records and enums of the type that is asked for. */
final class ValueReader {
    private static final int MAX_DEPTH = 32;

    private final KeyFinder keys;
    private final Map<Class<?>, Shape> shapes = new HashMap<>();

    ValueReader(KeyFinder keys) {
        this.keys = keys;
    }

    /**
     * @throws RecordingException if the bytes are no value of {@code type}
     * @throws MissingKeyException if a key is named that is not at hand
     */
    @Nullable
    Object read(ByteBuffer from, Type type) {
        try {
            return read(from, type, 0);
        } catch (MalformedPacketException damaged) {
            throw new RecordingException("a value is damaged: " + damaged.getMessage(), damaged);
        }
    }

    private @Nullable Object read(ByteBuffer from, Type type, int depth) {
        if (depth > MAX_DEPTH) throw new RecordingException("values in values, deeper than " + MAX_DEPTH);
        Class<?> raw = raw(type);
        int tag = Wire.u8(from);
        Object value = switch (tag) {
            case ValueWriter.NULL -> null;
            case ValueWriter.FALSE -> Boolean.FALSE;
            case ValueWriter.TRUE -> Boolean.TRUE;
            case ValueWriter.INTEGER -> integer(Wire.varint(from), raw);
            case ValueWriter.FLOATING -> floating(Double.longBitsToDouble(Wire.i64(from)), raw);
            case ValueWriter.TEXT -> Wire.text(from, from.remaining());
            case ValueWriter.BYTES -> Wire.bytes(from, from.remaining());
            case ValueWriter.ZEROS -> new byte[(int) Wire.varint(from, EntryEncoder.MAX_BYTES)];
            case ValueWriter.LIST -> list(from, type, raw, depth);
            case ValueWriter.MAP -> map(from, type, raw, depth);
            case ValueWriter.ENUM -> constant(Wire.text(from, 1024), raw);
            case ValueWriter.RECORD -> made(from, raw, depth);
            case ValueWriter.NAMED_RECORD -> made(from, named(Wire.text(from, 1024), raw), depth);
            case ValueWriter.ADDRESS -> Wire.address(from);
            case ValueWriter.TAGS -> Tags.decode(ByteBuffer.wrap(Wire.bytes(from, Tags.MAX_BYTES)));
            case ValueWriter.KEY_RING -> ring(from);
            case ValueWriter.SECRET -> secret(from);
            case ValueWriter.DURATION -> Duration.ofNanos(unzigzag(Wire.varint(from)));
            default -> throw new RecordingException("no kind of value is called " + tag);
        };
        if (value == null ? raw.isPrimitive() : !boxed(raw).isInstance(value))
            throw new RecordingException("a value for " + type.getTypeName() + " is a " + kind(value)
                    + ": another version of the program recorded it");
        return value;
    }

    private static String kind(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getSimpleName();
    }

    private static long unzigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    private static Object integer(long zigzag, Class<?> raw) {
        long value = unzigzag(zigzag);
        Class<?> wanted = boxed(raw);
        if (wanted == Integer.class) return Math.toIntExact(value);
        if (wanted == Short.class) return (short) value;
        if (wanted == Byte.class) return (byte) value;
        if (wanted == Character.class) return (char) value;
        return value;
    }

    private static Object floating(double value, Class<?> raw) {
        if (boxed(raw) == Float.class) return (float) value;
        return value;
    }

    private Object list(ByteBuffer from, Type type, Class<?> raw, int depth) {
        int count = (int) Wire.varint(from, from.remaining());
        if (raw.isArray()) {
            Object array = Array.newInstance(raw.getComponentType(), count);
            for (int i = 0; i < count; i++) Array.set(array, i, read(from, raw.getComponentType(), depth + 1));
            return array;
        }
        Type element = argument(type, 0);
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) list.add(read(from, element, depth + 1));
        if (Set.class.isAssignableFrom(raw)) return Collections.unmodifiableSet(new LinkedHashSet<>(list));
        return Collections.unmodifiableList(list);
    }

    private Object map(ByteBuffer from, Type type, Class<?> raw, int depth) {
        int count = (int) Wire.varint(from, from.remaining());
        Map<@Nullable Object, @Nullable Object> map =
                SortedMap.class.isAssignableFrom(raw) ? new TreeMap<>() : new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            Object key = read(from, argument(type, 0), depth + 1);
            map.put(key, read(from, argument(type, 1), depth + 1));
        }
        return map instanceof SortedMap<@Nullable Object, @Nullable Object> sorted
                ? Collections.unmodifiableSortedMap(sorted)
                : Collections.unmodifiableMap(map);
    }

    private Object made(ByteBuffer from, Class<?> type, int depth) {
        if (!type.isRecord()) throw new RecordingException(type.getName() + " is no record");
        Shape shape = shapes.get(type);
        if (shape == null) {
            try {
                shapes.put(type, shape = new Shape(type));
            } catch (UnsupportedValueException closed) {
                throw new RecordingException(String.valueOf(closed.getMessage()), closed);
            }
        }
        int count = (int) Wire.varint(from, 1024);
        @Nullable Object[] values = new @Nullable Object[shape.names.length];
        boolean[] given = new boolean[shape.names.length];
        for (int i = 0; i < count; i++) {
            String name = Wire.text(from, 1024);
            int component = shape.indexOf(name);
            if (component < 0 || given[component]) throw otherVersion(type, name);
            values[component] = read(from, shape.types[component], depth + 1);
            given[component] = true;
        }
        for (int i = 0; i < given.length; i++) if (!given[i]) throw otherVersion(type, shape.names[i]);
        return shape.make(values);
    }

    private static RecordingException otherVersion(Class<?> type, String component) {
        return new RecordingException("recorded by another version of the program: it and this one differ in "
                + type.getSimpleName() + "." + component);
    }

    private Class<?> named(String name, Class<?> wanted) {
        // Only what the type asked for allows: a file must not choose freely what is loaded.
        if (wanted == Object.class) throw new RecordingException("a " + name + " where anything may stand is not read");
        try {
            Class<?> found = Class.forName(name, false, wanted.getClassLoader());
            if (wanted.isAssignableFrom(found)) return found;
        } catch (ClassNotFoundException | LinkageError missing) {
            throw new RecordingException("recorded with a class that is not here: " + name, missing);
        }
        throw new RecordingException(name + " is no " + wanted.getSimpleName());
    }

    private static Object constant(String name, Class<?> raw) {
        if (raw.isEnum())
            for (Object each : raw.getEnumConstants())
                if (((Enum<?>) each).name().equals(name)) return each;
        throw new RecordingException(
                raw.getSimpleName() + " has no " + name + ": recorded by another version of the program");
    }

    private KeyRing ring(ByteBuffer from) {
        int count = (int) Wire.varint(from, KeyRing.MAX_KEYS);
        KeyRing ring = null;
        for (int i = 0; i < count; i++) {
            byte[] key = key(Wire.i64(from));
            ring = ring == null ? KeyRing.of(key) : ring.plus(key);
        }
        if (ring == null) throw new RecordingException("a ring of keys is empty");
        return ring;
    }

    private byte[] secret(ByteBuffer from) {
        int length = (int) Wire.varint(from, 1 << 20);
        long fingerprint = Wire.i64(from);
        return length == KeyRing.KEY_BYTES ? key(fingerprint) : new byte[length];
    }

    private byte[] key(long fingerprint) {
        byte[] key = keys.find(fingerprint);
        if (key == null) throw new MissingKeyException(fingerprint);
        return key;
    }

    private static Type argument(Type type, int index) {
        if (!(type instanceof ParameterizedType generic)) return Object.class;
        Type argument = generic.getActualTypeArguments()[index];
        return argument instanceof WildcardType wildcard ? wildcard.getUpperBounds()[0] : argument;
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?> plain) return plain;
        if (type instanceof ParameterizedType generic) return (Class<?>) generic.getRawType();
        return Object.class;
    }

    private static Class<?> boxed(Class<?> raw) {
        if (raw == long.class) return Long.class;
        if (raw == int.class) return Integer.class;
        if (raw == boolean.class) return Boolean.class;
        if (raw == double.class) return Double.class;
        if (raw == short.class) return Short.class;
        if (raw == byte.class) return Byte.class;
        if (raw == char.class) return Character.class;
        if (raw == float.class) return Float.class;
        return raw;
    }
}

package dev.grapevine.recording;

import dev.grapevine.core.Secret;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** The components of a record class, looked up once. */
final class Shape {
    final Class<?> type;
    final String[] names;
    final Type[] types;
    final boolean[] secret;
    private final Class<?>[] raw;
    private final Method[] accessors;

    /** @throws UnsupportedValueException if the class is closed to us */
    Shape(Class<?> type) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        names = new String[components.length];
        types = new Type[components.length];
        raw = new Class<?>[components.length];
        secret = new boolean[components.length];
        accessors = new Method[components.length];
        for (int i = 0; i < components.length; i++) {
            names[i] = components[i].getName();
            types[i] = components[i].getGenericType();
            raw[i] = components[i].getType();
            secret[i] = components[i].isAnnotationPresent(Secret.class);
            accessors[i] = components[i].getAccessor();
            try {
                accessors[i].setAccessible(true);
            } catch (InaccessibleObjectException closed) {
                throw new UnsupportedValueException(type.getName() + " is closed to other modules");
            }
        }
    }

    @Nullable
    Object get(int component, Object from) {
        try {
            return accessors[component].invoke(from);
        } catch (IllegalAccessException | InvocationTargetException closed) {
            throw new UnsupportedValueException(type.getName() + "." + names[component] + " cannot be read");
        }
    }

    int indexOf(String name) {
        for (int i = 0; i < names.length; i++) if (names[i].equals(name)) return i;
        return -1;
    }

    /** @throws RecordingException if the class does not take these values */
    Object make(@Nullable Object[] values) {
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(raw);
            canonical.setAccessible(true);
            return canonical.newInstance(values);
        } catch (InvocationTargetException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new RecordingException(
                    type.getSimpleName() + " does not take the recorded values: " + cause.getMessage(), cause);
        } catch (ReflectiveOperationException | InaccessibleObjectException | IllegalArgumentException closed) {
            throw new RecordingException("cannot make a " + type.getName() + " from the recorded values", closed);
        }
    }
}

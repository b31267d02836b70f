package dev.grapevine.agent.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Composed;
import dev.grapevine.core.Event;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.wire.KeyRing;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A new command that could not be written down would end every replay, and a new event would be compared by its class alone. */
class EverythingIsRecordableTest {
    private static final Set<Class<?>> PLAIN = Set.of(
            String.class,
            Long.class,
            Integer.class,
            Short.class,
            Byte.class,
            Character.class,
            Boolean.class,
            Double.class,
            Float.class,
            Address.class,
            Tags.class,
            KeyRing.class,
            Duration.class);

    private final Set<Class<?>> seen = new HashSet<>();
    private final List<String> wrong = new ArrayList<>();

    @Test
    void everyCommandEventAndSettingOfANodeHasAFormAsBytes() throws ClassNotFoundException {
        int commands = 0;
        URL core = NodeSettings.class.getProtectionDomain().getCodeSource().getLocation();
        for (JavaClass found : new ClassFileImporter().importUrl(core)) {
            if (found.isInterface()) continue;
            if (!found.isAssignableTo(Command.class) && !found.isAssignableTo(Event.class)) continue;
            if (found.isAssignableTo(Command.class)) commands++;
            look(Class.forName(found.getName()), found.getSimpleName());
        }
        assertThat(commands).isGreaterThanOrEqualTo(NodeCommand.class.getPermittedSubclasses().length);
        look(NodeSettings.class, "NodeSettings");
        assertThat(wrong).isEmpty();
    }

    private void look(Type type, String where) {
        switch (type) {
            case Class<?> plain when plain.isPrimitive() || plain.isEnum() || PLAIN.contains(plain) -> {}
            case Class<?> composed when Composed.class.isAssignableFrom(composed) -> {}
            case Class<?> array when array.isArray() -> look(array.getComponentType(), where);
            case Class<?> made
            when made.isRecord() -> {
                if (!seen.add(made)) return;
                for (RecordComponent each : made.getRecordComponents())
                    look(each.getGenericType(), where + "." + each.getName());
            }
            case Class<?> family
            when family.isSealed() -> {
                if (!seen.add(family)) return;
                for (Class<?> each : family.getPermittedSubclasses()) look(each, where);
            }
            case ParameterizedType generic
            when isCollection((Class<?>) generic.getRawType()) -> {
                for (Type each : generic.getActualTypeArguments()) look(each, where);
            }
            case ParameterizedType generic -> look(generic.getRawType(), where);
            case WildcardType wildcard -> look(wildcard.getUpperBounds()[0], where);
            case GenericArrayType array -> look(array.getGenericComponentType(), where);
            default -> wrong.add(where + " is a " + type.getTypeName());
        }
    }

    private static boolean isCollection(Class<?> raw) {
        return List.class.isAssignableFrom(raw) || Set.class.isAssignableFrom(raw) || Map.class.isAssignableFrom(raw);
    }
}

package dev.grapevine.sim.scenario;

import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.node.RumorSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;

/** Reads what a scenario changes in a profile. */
final class Settings {
    private static final String NANOS = "-nanos";

    private Settings() {}

    /**
     * Every number of {@link MembershipSettings} is a key: {@code probeNanos} is {@code probe = 500ms}, {@code indirectProbes} is
     * {@code indirect-probes = 1}. Read from the record itself, so that no setting can be forgotten here.
     */
    static MembershipSettings membership(Section section, MembershipSettings profile) {
        RecordComponent[] parts = MembershipSettings.class.getRecordComponents();
        Class<?>[] types = new Class<?>[parts.length];
        Object[] values = new Object[parts.length];
        try {
            for (int i = 0; i < parts.length; i++) {
                types[i] = parts[i].getType();
                values[i] = value(
                        section,
                        kebab(parts[i].getName()),
                        parts[i].getAccessor().invoke(profile));
            }
            section.finish();
            return MembershipSettings.class.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException refused) {
            Throwable why = refused.getCause();
            throw section.wrong(why == null ? "refused" : String.valueOf(why.getMessage()));
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("a public record cannot be read", impossible);
        }
    }

    static RumorSettings rumors(Section section, MembershipSettings membership) {
        String exchange = section.choice("exchange", List.of("push", "pull", "push-pull"), "push-pull");
        RumorSettings rumors = new RumorSettings(
                section.nanos("period", membership.gossipNanos()),
                section.whole("fanout", 1, 1, 32),
                RumorSettings.Direction.valueOf(exchange.replace('-', '_').toUpperCase(Locale.ROOT)),
                section.flag("always"));
        section.finish();
        return rumors;
    }

    private static Object value(Section section, String key, Object byDefault) {
        return switch (byDefault) {
            case Long nanos
            when key.endsWith(NANOS) -> section.nanos(key.substring(0, key.length() - NANOS.length()), nanos);
            case Integer whole -> section.whole(key, whole, 0, Integer.MAX_VALUE);
            case Double number -> section.number(key, number, 0, 1e9);
            default -> byDefault;
        };
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}

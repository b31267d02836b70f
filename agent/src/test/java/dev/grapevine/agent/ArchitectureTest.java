package dev.grapevine.agent;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.TemporalAccessor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between modules and the purity of protocols, as docs/architecture.md states them. */
class ArchitectureTest {
    /** Who may import whom: module folder to the module folders that it sees. A new module needs its line here. */
    private static final Map<String, Set<String>> ARROWS = Map.of(
            "core", Set.of(),
            "node", Set.of("core"),
            "sim", Set.of("core"),
            "testkit", Set.of("core", "sim"),
            "serf", Set.of("core"),
            "serf-node", Set.of("core", "serf", "node"),
            "agent", Set.of("core", "node", "sim", "serf", "serf-node"));

    private static final List<String> MODULES =
            ARROWS.keySet().stream().sorted().toList();
    private static final Pattern MODULE_OF_PATH = Pattern.compile("/([a-z-]+)/target/");

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.grapevine");

    @Test
    void everyModuleIsLookedAtAndHasItsArrows() {
        assertThat(ALL.stream().map(ArchitectureTest::moduleOf).distinct().sorted())
                .isEqualTo(MODULES);
    }

    @ParameterizedTest
    @FieldSource("MODULES")
    void aModuleImportsOnlyWhatItsArrowsAllow(String module) {
        Set<String> seen = ARROWS.getOrDefault(module, Set.of());
        classes()
                .that(areIn(module))
                .should()
                .onlyDependOnClassesThat(describe(
                        "are in " + module + " or in " + seen + " or foreign",
                        to -> !isOurs(to) || moduleOf(to).equals(module) || seen.contains(moduleOf(to))))
                .check(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "serf"})
    void aProtocolUsesOnlyThePurePartsOfTheJdk(String module) {
        classes()
                .that(areIn(module))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "javax.crypto..", "org.jspecify..", "dev.grapevine.."))
                .check(ALL);
        noClasses()
                .that(areIn(module))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.net..",
                                "java.nio.channels..",
                                "java.nio.file..",
                                "java.util.logging..",
                                "java.util.concurrent..",
                                "java.util.prefs..")
                        .or(belongToAnyOf(
                                Thread.class, ThreadLocal.class, System.Logger.class, Runtime.class, Clock.class)))
                .because("a machine has no socket, thread, clock or logger")
                .check(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"core", "serf"})
    void aProtocolTakesTimeAndLuckAsArguments(String module) {
        noClasses()
                .that(areIn(module))
                .should()
                .callCodeUnitWhere(
                        describe("reads a clock or draws ambient randomness", call -> isAmbient(call.getTarget())))
                .because("a run must repeat from its seed")
                .check(ALL);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.grapevine.(**)")
                .should()
                .beFreeOfCycles()
                // Main registers every command, and the commands end with its exit codes.
                .ignoreDependency(describe("Main", from -> from.isEquivalentTo(Main.class)), alwaysTrue())
                .check(ALL);
    }

    @Test
    void everyPackageIsNullMarkedAndSaysWhatLivesThere() {
        Set<String> described = ALL.stream()
                .filter(type -> type.getSimpleName().equals("package-info"))
                .filter(type -> type.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
                .map(JavaClass::getPackageName)
                .collect(java.util.stream.Collectors.toSet());
        assertThat(ALL.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> name.startsWith("dev.grapevine"))
                        .distinct())
                .isSubsetOf(described);
    }

    private static boolean isAmbient(CodeUnitCallTarget target) {
        JavaClass owner = target.getOwner();
        String name = target.getName();
        boolean noArguments = target.getRawParameterTypes().isEmpty();
        if (owner.isEquivalentTo(System.class))
            return Set.of("nanoTime", "currentTimeMillis", "getenv").contains(name);
        if (owner.isEquivalentTo(Math.class) || owner.isEquivalentTo(StrictMath.class)) return name.equals("random");
        if (owner.isEquivalentTo(UUID.class)) return name.equals("randomUUID");
        if (owner.isEquivalentTo(Collections.class)) // the one with a list alone brings its own luck
        return name.equals("shuffle") && target.getRawParameterTypes().size() == 1;
        if (owner.isEquivalentTo(RandomGenerator.class)) return name.equals("of") || name.equals("getDefault");
        if (owner.isEquivalentTo(RandomGeneratorFactory.class)) return name.equals("create") && noArguments;
        if (owner.isEquivalentTo(Random.class) || owner.isEquivalentTo(SplittableRandom.class))
            return name.equals("<init>") && noArguments;
        if (owner.isAssignableTo(SecureRandom.class)) return name.equals("<init>") || name.startsWith("getInstance");
        return name.equals("now")
                && (owner.isEquivalentTo(Instant.class) || owner.isAssignableTo(TemporalAccessor.class));
    }

    private static DescribedPredicate<JavaClass> areIn(String module) {
        return describe(
                "are in module " + module,
                type -> isOurs(type) && moduleOf(type).equals(module));
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith("dev.grapevine");
    }

    /** The folder of the module whose build made {@code type}. */
    private static String moduleOf(JavaClass type) {
        JavaClass named = type.isArray() ? type.getBaseComponentType() : type;
        String path = named.getSource()
                .orElseThrow(() -> new IllegalStateException(type + " has no source"))
                .getUri()
                .toString();
        Matcher folder = MODULE_OF_PATH.matcher(path);
        if (!folder.find()) throw new IllegalStateException(path + " is in no module of this build");
        return folder.group(1);
    }
}

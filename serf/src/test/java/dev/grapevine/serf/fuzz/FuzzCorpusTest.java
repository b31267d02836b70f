package dev.grapevine.serf.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gives every fuzz target what fuzzing found worth keeping, and damaged copies of it. A folder {@code fuzz/CLASS} of the test
 * resources belongs to the target of that name; {@code scripts/fuzz} looks for more. Another module takes a copy of this class.
 */
class FuzzCorpusTest {
    private static final int DAMAGED_COPIES = 100;
    private static final long SEED = Long.getLong("grapevine.seed", 1);

    static List<Path> targets() throws IOException, URISyntaxException {
        Path corpus = Path.of(Objects.requireNonNull(FuzzCorpusTest.class.getResource("/fuzz"))
                .toURI());
        try (Stream<Path> folders = Files.list(corpus)) {
            return folders.filter(Files::isDirectory).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void whatWasKeptAndDamagedCopiesOfItAreHandled(Path corpus) throws ReflectiveOperationException, IOException {
        Method target = Class.forName(corpus.getFileName().toString()).getMethod("fuzzerTestOneInput", byte[].class);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        List<Path> inputs;
        try (Stream<Path> files = Files.list(corpus)) {
            inputs = files.sorted().toList();
        }
        assertThat(inputs).isNotEmpty();
        for (Path each : inputs) {
            byte[] input = Files.readAllBytes(each);
            give(target, input);
            for (int i = 0; i < DAMAGED_COPIES; i++) give(target, damaged(input, random));
        }
    }

    private static void give(Method target, byte[] input) throws IllegalAccessException {
        try {
            target.invoke(null, (Object) input.clone());
        } catch (InvocationTargetException failed) {
            throw new AssertionError(
                    target.getDeclaringClass().getSimpleName() + " fails on "
                            + HexFormat.of().formatHex(input),
                    failed.getCause());
        }
    }

    private static byte[] damaged(byte[] input, RandomGenerator random) {
        if (input.length == 0 || random.nextInt(8) == 0) {
            byte[] longer = Arrays.copyOf(input, input.length + 1 + random.nextInt(16));
            for (int i = input.length; i < longer.length; i++) longer[i] = (byte) random.nextInt();
            return longer;
        }
        if (random.nextInt(8) == 0) return Arrays.copyOf(input, random.nextInt(input.length));
        byte[] other = input.clone();
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) other[random.nextInt(other.length)] = (byte) random.nextInt();
        return other;
    }
}

package dev.grapevine.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Re2Test {
    @ParameterizedTest(name = "{0} in {1}: {2}")
    @CsvSource({
        "w.b, web, true",
        "^w.b$, web, true",
        "^w.b$, webs, false",
        "db, mydb1, true",
        "a|b|cd, xcdx, true",
        "^(a|b)+$, abab, true",
        "^(a|b)+$, abcab, false",
        "'[a-c]{2,3}', xxab, true",
        "^a{2}$, aaa, false",
        "(?i)WEB, web, true",
        "\\d+\\.\\d+, v1.25, true",
        "^[^0-9]+$, abc1, false",
        "[[:alpha:]]+, 123, false",
        "\\bfoo\\b, a foo b, true",
        "\\bfoo\\b, afoob, false",
        "(?P<n>x)y, xy, true",
        "\\x41, A, true",
        "\\Qa.b\\E, a.b, true",
        "\\Qa.b\\E, axb, false",
        "^$, '', true",
        "a*, '', true",
        "\\pL, é, true",
    })
    void findsAsTheReferenceDoes(String expression, String text, boolean found) {
        assertThat(new Re2(expression).find(text)).isEqualTo(found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", ")", "[a", "a**", "*a", "a{2,1}", "a{1001}", "\\", "(?=a)", "[b-a]", "\\8", "(?P<>a)"})
    void whatRe2RefusesIsRefused(String expression) {
        assertThatThrownBy(() -> new Re2(expression)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void agreesWithTheJdkOnRandomExpressions() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        String[] parts = {"a", "b", "c", ".", "[ab]", "[^a]", "(a|bc)", "(?:ab)?", "a*", "b+", "c{1,2}", "^", "$", "\\w"
        };
        int matched = 0;
        for (int i = 0; i < 5000; i++) {
            StringBuilder expression = new StringBuilder();
            for (int n = 1 + random.nextInt(5); n > 0; n--) expression.append(parts[random.nextInt(parts.length)]);
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(8); n > 0; n--) text.append((char) ('a' + random.nextInt(3)));
            boolean expected =
                    Pattern.compile(expression.toString()).matcher(text).find();
            assertThat(new Re2(expression.toString()).find(text.toString()))
                    .as("%s in %s", expression, text)
                    .isEqualTo(expected);
            assertThat(new Re2(expression.toString()).matches(text.toString()))
                    .as("%s is %s", expression, text)
                    .isEqualTo(Pattern.matches(expression.toString(), text));
            if (expected) matched++;
        }
        assertThat(matched).isBetween(500, 4500);
    }

    @Test
    void nothingTakesExponentialTime() {
        Re2 evil = new Re2("(a|a)*(a|aa)*(a*)*b");
        boolean found = assertTimeoutPreemptively(Duration.ofSeconds(10), () -> evil.find("a".repeat(5000)));
        assertThat(found).isFalse();
        for (String huge : new String[] {"((a{1000}){1000}){1000}", "((((){1000}){1000}){1000}){1000}"})
            assertThatThrownBy(() -> new Re2(huge))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("too large");
    }
}

package dev.grapevine.agent.serf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Go programs read and print; the expectations were taken from the real serf 0.9.4 (Go 1.19). */
class GoTextTest {
    @ParameterizedTest
    @CsvSource({
        "30s, 30000000000, 30s",
        "1.5s, 1500000000, 1.5s",
        "90s, 90000000000, 1m30s",
        "2h45m, 9900000000000, 2h45m0s",
        "300ms, 300000000, 300ms",
        "-1m, -60000000000, -1m0s",
        "1us, 1000, 1µs",
        "0, 0, 0s",
        ".5h, 1800000000000, 30m0s"
    })
    void durationsAreReadAndPrinted(String text, long nanos, String printed) {
        assertThat(GoDuration.parse(text)).isEqualTo(nanos);
        assertThat(GoDuration.format(nanos)).isEqualTo(printed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "foo|time: invalid duration \"foo\"",
                "10|time: missing unit in duration \"10\"",
                "10x|time: unknown unit \"x\" in duration \"10x\"",
                "1.2.3s|time: invalid duration \"1.2.3s\"",
                ".s|time: invalid duration \".s\""
            })
    void whatIsNoDurationIsSaidInGosWords(String text, String complaint) {
        assertThatThrownBy(() -> GoDuration.parse(text)).hasMessage(complaint);
    }

    private static GoFlags flags() {
        return new GoFlags()
                .text("node", "host")
                .bool("replay", false)
                .integer("protocol", -1)
                .list("tag")
                .duration("timeout", 0);
    }

    @Test
    void flagsComeWithOneDashOrTwoWithEqualsOrWithout() throws Exception {
        GoFlags flags = flags();
        flags.parse(List.of(
                "-node=x",
                "--tag",
                "a=b",
                "-tag=c=d",
                "-replay",
                "-protocol",
                "0x4",
                "-timeout=2s",
                "join",
                "-node=y"));
        assertThat(flags.text("node")).isEqualTo("x");
        assertThat(flags.texts("tag")).containsExactly("a=b", "c=d");
        assertThat(flags.bool("replay")).isTrue();
        assertThat(flags.number("protocol")).isEqualTo(4);
        assertThat(flags.number("timeout")).isEqualTo(2_000_000_000L);
        assertThat(flags.rest()).containsExactly("join", "-node=y");
    }

    @Test
    void aDoubleDashEndsTheFlags() throws Exception {
        GoFlags flags = flags();
        flags.parse(List.of("-replay=false", "--", "-node", "y"));
        assertThat(flags.rest()).containsExactly("-node", "y");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "-bogus|flag provided but not defined: -bogus",
                "-node|flag needs an argument: -node",
                "-replay=maybe|invalid boolean value \"maybe\" for -replay: parse error",
                "-protocol=abc|invalid value \"abc\" for flag -protocol: parse error",
                "-timeout=bad|invalid value \"bad\" for flag -timeout: parse error",
                "--=x|bad flag syntax: --=x",
                "---x|bad flag syntax: ---x"
            })
    void wrongFlagsAreNamed(String arg, String complaint) {
        assertThatThrownBy(() -> flags().parse(List.of(arg))).hasMessage(complaint);
    }

    @Test
    void columnsAreAsWideAsTheyMustBe() {
        String text = Columns.of(List.of(
                List.of("alpha", "127.20.0.1:7946", "alive", ""), List.of("b", "127.20.0.2:7946", "left", "x=y")));
        assertThat(text).isEqualTo("alpha  127.20.0.1:7946  alive  \nb      127.20.0.2:7946  left   x=y");
    }

    @Test
    void jsonIsLaidOutAsGoDoes() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("Acks", null);
        document.put("Responses", Map.of());
        document.put("list", Arrays.asList("<a&b>", 1, true));
        assertThat(GoJson.of(document)).isEqualTo("""
                    {
                      "Acks": null,
                      "Responses": {},
                      "list": [
                        "\\u003ca\\u0026b\\u003e",
                        1,
                        true
                      ]
                    }""");
        assertThat(GoJson.line(document))
                .isEqualTo("{\"Acks\":null,\"Responses\":{},\"list\":[\"\\u003ca\\u0026b\\u003e\",1,true]}");
    }

    @ParameterizedTest
    @CsvSource({"abc, 0", "a!==, 1", "AAEC?w==, 4", "AAECAwQ, 4"})
    void whatIsNoBase64IsSaidWithItsPlace(String text, int place) {
        assertThatThrownBy(() -> GoBase64.decode(text)).hasMessage("illegal base64 data at input byte " + place);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|address 1: missing port in address",
                "a:b:1|address a:b:1: too many colons in address",
                "[::1|address [::1: missing ']' in address",
                "[::1]|address [::1]: missing port in address"
            })
    void addressesWithoutAPortAreNamed(String text, String complaint) {
        assertThatThrownBy(() -> HostPort.split(text)).hasMessage(complaint);
    }
}

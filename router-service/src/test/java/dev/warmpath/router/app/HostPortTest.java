package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:0, localhost, 0",
    "10.0.0.1:65535, 10.0.0.1, 65535",
    "[::1]:9001, ::1, 9001",
    "my-host.example:80, my-host.example, 80",
  })
  void isReadAndPrintedTheSame(String text, String host, int port) {
    assertThat(HostPort.parse(text)).isEqualTo(new HostPort(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "host", "host:", ":80", "host:x", "host:1.5", "[]:1"})
  void whatIsNoAddressIsNamed(String text) {
    assertThatThrownBy(() -> HostPort.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'" + text + "' is not host:port");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "65536", "70000", "99999999999999999999"})
  void aPortThatThereIsNotIsNamed(String port) {
    assertThatThrownBy(() -> HostPort.parse("host:" + port))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'host:%s' has port %s, must be 0 to 65535".formatted(port, port));
  }
}

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
  @ValueSource(
      strings = {"", ":", "host", "host:", ":80", "host:-1", "host:65536", "host:x", "[]:1"})
  void whatIsNoAddressIsNamed(String text) {
    assertThatThrownBy(() -> HostPort.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'" + text + "' is not host:port");
  }
}

package dev.warmpath.router.app;

import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A listen or peer address.
 *
 * @param host name or address; IPv6 without brackets
 * @param port 0 to 65,535; 0 lets the system choose
 */
record HostPort(String host, int port) {
  private static final int LAST_PORT = 65_535;
  private static final int LONGEST_PORT = 5;

  InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /**
   * Reads {@code host:port} or {@code [ipv6]:port}.
   *
   * @throws IllegalArgumentException naming the text when it is neither, or has no such port
   */
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("-?[0-9]+")) {
      throw new IllegalArgumentException("'%s' is not host:port".formatted(text));
    }
    int number = port.length() > LONGEST_PORT ? Integer.MAX_VALUE : Integer.parseInt(port);
    if (number < 0 || number > LAST_PORT) {
      throw new IllegalArgumentException(
          "'%s' has port %s, must be 0 to %d".formatted(text, port, LAST_PORT));
    }
    return new HostPort(host, number);
  }

  /** For flags. */
  static final class Converter implements ITypeConverter<HostPort> {
    @Override
    public HostPort convert(String value) {
      try {
        return parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}

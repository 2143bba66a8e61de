package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ConnectionOptionsTest {
  @Command(name = "any")
  private static final class AnyCommand {
    @Mixin private ConnectionOptions servers = new ConnectionOptions();
  }

  @Test
  void withoutFlagsThereIsNoServerAndTheDefaultCluster() {
    ConnectionOptions servers = parse();

    assertThat(servers.hasNats()).isFalse();
    assertThat(servers.hasEtcd()).isFalse();
    assertThat(servers.cluster()).isEqualTo("default");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nats://h:4222", "tls://h:4222", "nats://user:secret@10.0.0.1:1"})
  void natsUrlsAreTaken(String url) {
    ConnectionOptions servers = parse("--nats", url);

    assertThat(servers.hasNats()).isTrue();
    assertThat(servers.nats()).isEqualTo(url);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://h:2379", "https://[::1]:2379"})
  void etcdUrlsAreTaken(String url) {
    ConnectionOptions servers = parse("--etcd", url);

    assertThat(servers.hasEtcd()).isTrue();
    assertThat(servers.etcd()).isEqualTo(url);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h:1", "nats:h", "nats://h", "http://h:1", "nats:// h:1", "nats://h:x"})
  void whatIsNoUrlIsNamed(String url) {
    Map<String, Function<ConnectionOptions, String>> flags =
        Map.of("--nats", ConnectionOptions::nats, "--etcd", ConnectionOptions::etcd);
    flags.forEach((flag, read) -> {
      String value = flag.equals("--nats") ? url : url.replace("http", "nats");
      assertThatThrownBy(() -> read.apply(parse(flag, value)))
          .isInstanceOf(ParameterException.class)
          .hasMessageMatching(flag + " must be (nats|http)://host:port: '.*'")
          .hasMessageContaining(value);
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "a b", "*", ">"})
  void aClusterThatIsNoNameIsNamed(String cluster) {
    assertThatThrownBy(() -> parse("--cluster", cluster).cluster())
        .isInstanceOf(ParameterException.class)
        .hasMessage("--cluster must be 1 to 64 of A-Z a-z 0-9 - _: '" + cluster + "'");
  }

  private static ConnectionOptions parse(String... arguments) {
    AnyCommand command = new AnyCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.servers;
  }
}

package dev.warmpath.router.grpc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * A listening gRPC server with health and reflection. Calls run on the transport's threads (epoll
 * where the system has it), so the services must not block.
 */
public final class GrpcServer implements AutoCloseable {
  /**
   * Longest message that is taken, bytes. Four times the longest prompt, so that a prompt that is
   * too long is refused by the name of its field; the transport refuses what is longer still.
   */
  public static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** Most calls that one connection has open at a time, streams included. */
  public static final int MAX_CALLS_PER_CONNECTION = 10_000;

  private static final long KEEPALIVE_SECONDS = 30;
  private static final long KEEPALIVE_TIMEOUT_SECONDS = 10;
  private static final long LEAST_CLIENT_KEEPALIVE_SECONDS = 5;

  private final Server server;
  private final HealthStatusManager health;
  private final List<BindableService> services;
  private final Duration grace;

  private GrpcServer(
      Server server, HealthStatusManager health, List<BindableService> services, Duration grace) {
    this.server = server;
    this.health = health;
    this.services = services;
    this.grace = grace;
  }

  /**
   * Starts listening. Health says not serving until {@link #setServing}.
   *
   * @param host name or address to listen on
   * @param port port to listen on; 0 for any free one
   * @param services what to serve
   * @param grace how long {@link #close} waits for open calls
   * @throws IOException if it cannot listen there; the message is one sentence that names host and
   *     port
   */
  public static GrpcServer start(
      String host, int port, List<BindableService> services, Duration grace) throws IOException {
    HealthStatusManager health = new HealthStatusManager();
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address(host, port))
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .keepAliveTime(KEEPALIVE_SECONDS, SECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, SECONDS)
            .permitKeepAliveTime(LEAST_CLIENT_KEEPALIVE_SECONDS, SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance());
    services.forEach(builder::addService);
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      server.shutdownNow();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "cannot listen on %s:%d: %s".formatted(host, port, TransportError.describe(cause)), e);
    }
    GrpcServer started = new GrpcServer(server, health, List.copyOf(services), grace);
    started.setServing(false);
    return started;
  }

  private static InetSocketAddress address(String host, int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new IOException("cannot listen on %s:%d: unknown host".formatted(host, port));
    }
    return address;
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /** What the health service says of the server as a whole and of each service. */
  public void setServing(boolean serving) {
    ServingStatus status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    for (BindableService service : services) {
      health.setStatus(service.bindService().getServiceDescriptor().getName(), status);
    }
  }

  /**
   * Takes no new call, lets open ones end for the time of grace, then cuts them. Waits no longer
   * than that and one second.
   */
  @Override
  public void close() {
    if (!server.isShutdown()) {
      health.enterTerminalState();
      server.shutdown();
    }
    try {
      if (!server.awaitTermination(grace.toNanos(), NANOSECONDS)) {
        server.shutdownNow();
        server.awaitTermination(1, SECONDS);
      }
    } catch (InterruptedException _) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

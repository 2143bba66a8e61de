package dev.warmpath.router.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a fixed set of pages over HTTP, GET and HEAD only. One virtual thread per exchange, a
 * bounded number at a time: more get 503 at once. Slow clients are cut off after ten seconds.
 */
public final class AdminServer implements AutoCloseable {
  /** Most pages made at a time. */
  public static final int MAX_CONCURRENT = 32;

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
  private static final int BACKLOG = 64;

  static {
    // The JDK's server reads these once, before the first server is made. Without the first one,
    // answers of more than a packet wait 40 ms for an acknowledgement.
    setDefault("sun.net.httpserver.nodelay", "true");
    setDefault("sun.net.httpserver.maxReqTime", "10");
    setDefault("sun.net.httpserver.maxRspTime", "10");
    setDefault("jdk.httpserver.maxConnections", "256");
  }

  private final Map<String, Supplier<Page>> pages;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore permits = new Semaphore(MAX_CONCURRENT);
  private final LongAdder refused = new LongAdder();

  /**
   * Binds the address; answers after {@link #start}.
   *
   * @param address where to listen; port 0 for any free one
   * @param pages by path, what makes the page
   * @throws IOException names the address when it cannot be bound
   */
  public AdminServer(InetSocketAddress address, Map<String, Supplier<Page>> pages)
      throws IOException {
    this.pages = Map.copyOf(pages);
    this.server = bind(address);
    server.setExecutor(executor);
    server.createContext("/", this::handle);
  }

  /** The pages that every router has: /healthz, /readyz and /metrics. */
  public static Map<String, Supplier<Page>> standardPages(Health health, WarmpathMetrics metrics) {
    return Map.of(
        "/healthz", health::healthz,
        "/readyz", health::readyz,
        "/metrics", metrics::page);
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static HttpServer bind(InetSocketAddress address) throws IOException {
    try {
      return HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException(
          "admin address %s:%d cannot be bound: %s"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
  }

  /** Begins to answer. */
  public void start() {
    server.start();
  }

  /** The port that is bound. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Requests refused because too many were being answered. */
  public long refused() {
    return refused.sum();
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      send(exchange, answer(exchange));
    }
  }

  private Page answer(HttpExchange exchange) {
    Supplier<Page> page = pages.get(exchange.getRequestURI().getPath());
    if (page == null) {
      return Page.text(404, "no such page; there are " + String.join(" ", sortedPaths()));
    }
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Page.text(405, "only GET and HEAD");
    }
    return bounded(page);
  }

  private Page bounded(Supplier<Page> page) {
    if (!permits.tryAcquire()) {
      refused.increment();
      return Page.text(503, "busy: %d pages are being made".formatted(MAX_CONCURRENT));
    }
    try {
      return page.get();
    } catch (RuntimeException e) {
      LOG.error("a page could not be made", e);
      return Page.text(500, "internal error; see the log");
    } finally {
      permits.release();
    }
  }

  private Iterable<String> sortedPaths() {
    return pages.keySet().stream().sorted().toList();
  }

  private static void send(HttpExchange exchange, Page page) throws IOException {
    byte[] body = page.body().getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", page.contentType());
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(page.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(page.status(), body.length);
    exchange.getResponseBody().write(body);
  }
}

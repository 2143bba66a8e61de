package dev.warmpath.router.replay.serve;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.engine.EngineRank;
import dev.warmpath.router.replay.engine.EngineWorker;
import dev.warmpath.router.replay.engine.Job;
import dev.warmpath.router.replay.engine.StepOutcome;
import dev.warmpath.router.replay.engine.WorkerClock;
import dev.warmpath.router.replay.load.Arrivals;
import dev.warmpath.router.replay.load.ClosedLoop;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.serve.EngineFleet.Spot;
import dev.warmpath.router.replay.serve.RequestTable.Status;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteResult;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongConsumer;

/**
 * A load on a deployment under one policy, in virtual time. One thread, one run at a time; a second
 * load finds the caches and the router as the one before left them.
 */
public final class ServingRun {
  /*
   * The run jumps from instant to instant: the earliest of what engines, transfers, cache events,
   * failures, waiting requests and arrivals have next. At one instant steps end first, then workers
   * die or return, KV and events arrive, requests that wait at the router are tried, those that come
   * are placed in the order of their arrival, and then steps begin. So a placement sees all that
   * has happened by then, and a step takes in all that has come.
   */
  private static final long NONE = Long.MAX_VALUE;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Deployment deployment;
  private final Policy policy;
  private final long frontendNanos;
  private final EngineFleet fleet;
  private final WorkerClock clock;
  private final RouterSide router;
  private final WaitingFlights waiting;
  private final StepOutcome outcome = new StepOutcome();
  private final List<KvEvent> cacheEvents = new ArrayList<>();
  private final Long2ObjectOpenHashMap<Flight> flights = new Long2ObjectOpenHashMap<>();
  private final PriorityQueue<Transit> transits = new PriorityQueue<>(Transit.EARLIEST_FIRST);
  private final PriorityQueue<Change> changes = new PriorityQueue<>(Change.EARLIEST_FIRST);

  private RequestTable table;
  private long nextNumber;
  private long startNanos = NONE;
  private long lastNanos;
  private long life = 1;

  /**
   * A deployment on which nothing has run.
   *
   * @param seed where the policy's chance comes from
   */
  public ServingRun(Deployment deployment, Policy policy, long seed) {
    this.deployment = deployment;
    this.policy = policy;
    this.frontendNanos = Math.round(deployment.engine().frontendMs() * NANOS_PER_MILLI);
    this.table = new RequestTable(frontendNanos);
    this.fleet = new EngineFleet(deployment);
    this.clock = new WorkerClock(fleet.workers());
    this.router =
        new RouterSide(
            policy,
            deployment.events(),
            deployment.rules(),
            Deployment.MAX_TARGETS,
            seed,
            this::joined);
    this.waiting = new WaitingFlights(deployment.rules());
    router.whenRelieved(() -> waiting.loadWent(lastNanos));
    fleet.registrations().forEach(router::join);
    for (Failure failure : deployment.failures()) {
      changes.add(new Change(failure.atNanos(), failure, true));
    }
  }

  private void joined(Target target) {
    EngineRank rank = fleet.joined(target);
    SimulatedCache cache = rank.cache();
    if (cache != null) {
      router.watch(target, cache);
    }
  }

  /** The instant of the last thing that happened, nanoseconds. */
  public long nowNanos() {
    return lastNanos;
  }

  /**
   * Plays a load until all of it is answered.
   *
   * @param progress hears how many requests have been placed, after each
   */
  public RunRecord run(Arrivals arrivals, LongConsumer progress) {
    table = new RequestTable(frontendNanos);
    nextNumber = 0;
    startNanos = NONE;
    List.of(fleet.workers()).forEach(EngineWorker::resetCounts);
    for (long now = nextNanos(arrivals); now != NONE; now = nextNanos(arrivals)) {
      if (now < lastNanos) {
        throw new IllegalStateException("%d ns come after %d ns".formatted(now, lastNanos));
      }
      lastNanos = now;
      step(now, arrivals, progress);
    }
    if (deployment.events().lossShare() == 0 && !router.agreesWithCaches()) {
      throw new IllegalStateException("the index does not hold what the caches hold");
    }
    long nanos = startNanos == NONE ? 0 : lastNanos - startNanos;
    return new RunRecord(
        policy.policyName(), table, fleet.targetNames(), fleet.use(nanos), router.resyncs());
  }

  /**
   * Plays a closed loop: a warm-up, until it is answered, and then what counts.
   *
   * @param concurrency clients, at least 1
   * @param warmup requests of the warm-up
   * @param count requests that count
   * @param seed where the lengths of answers come from
   * @param progress hears how many of those that count have been placed, after each
   */
  public RunRecord closedLoop(
      Synthetic load, int concurrency, int warmup, int count, long seed, LongConsumer progress) {
    run(new ClosedLoop(concurrency, load.requests(warmup, seed + 1), nowNanos()), _ -> {});
    return run(new ClosedLoop(concurrency, load.requests(count, seed), nowNanos()), progress);
  }

  private long nextNanos(Arrivals arrivals) {
    long next = Math.min(clock.firstNanos(), arrivals.nextNanos());
    next = Math.min(next, transits.isEmpty() ? NONE : transits.element().atNanos());
    next = Math.min(next, Math.min(router.nextNanos(), waiting.nextNanos()));
    boolean over = next == NONE;
    return over || changes.isEmpty() ? next : Math.min(next, changes.element().atNanos());
  }

  private void step(long now, Arrivals arrivals, LongConsumer progress) {
    boolean worker = clock.firstNanos() == now;
    if (worker && clock.firstEnds()) {
      endSteps(clock.first(), now, arrivals);
    } else if (!changes.isEmpty() && changes.element().atNanos() == now) {
      change(changes.remove(), arrivals);
    } else if (!transits.isEmpty() && transits.element().atNanos() == now) {
      arrive(transits.remove(), now);
    } else if (router.nextNanos() == now) {
      router.deliverNext();
    } else if (waiting.nextNanos() == now) {
      serveWaiting(now, arrivals);
    } else if (arrivals.nextNanos() == now) {
      takeOne(now, arrivals);
      progress.accept(nextNumber);
    } else {
      int first = clock.first();
      fleet.worker(first).begin(now);
      clock.update(first);
      if (deployment.offloads()) {
        tellFetches(fleet.worker(first), now);
      }
    }
  }

  private void tellFetches(EngineWorker worker, long now) {
    for (EngineRank rank : worker.ranks()) {
      SimulatedCache cache = rank.cache();
      List<KvEvent> events = cache == null ? List.of() : cache.takeFetchEvents();
      if (!events.isEmpty()) {
        router.cacheChanged(fleet.slot(rank), events, now);
      }
    }
  }

  private void takeOne(long now, Arrivals arrivals) {
    LoadRequest request = arrivals.take();
    startNanos = Math.min(startNanos, now);
    Flight flight =
        new Flight(request, new Job(nextNumber++, request.prompt(), request.outputTokens(), now));
    flights.put(flight.job().number(), flight);
    placeOrWait(flight, now, arrivals);
  }

  private void serveWaiting(long now, Arrivals arrivals) {
    for (Flight flight : waiting.removeOverdue(now)) {
      refuse(flight, Status.WAITED_TOO_LONG, now, arrivals);
    }
    waiting.serve(now, flight -> place(flight, now, arrivals));
  }

  private void placeOrWait(Flight flight, long now, Arrivals arrivals) {
    if (waiting.isEmpty() && place(flight, now, arrivals)) {
      return;
    }
    if (!deployment.rules().waiting().allowWaiting()) {
      refuse(flight, Status.OVERLOADED, now, arrivals);
      return;
    }
    Flight last = waiting.add(flight, now);
    if (last != null) {
      refuse(last, Status.QUEUE_FULL, now, arrivals);
    }
  }

  private void refuse(Flight flight, Status why, long now, Arrivals arrivals) {
    flights.remove(flight.job().number());
    table.refused(flight, why, now);
    arrivals.refused(flight.request(), now);
  }

  /** Returns false when every target is beyond its limits. */
  private boolean place(Flight flight, long now, Arrivals arrivals) {
    Job job = flight.job();
    switch (router.place(job.number(), job.prompt(), flight.request().session(), now)) {
      case RouteResult.AllExcluded all when all.isOverload() -> {
        return false;
      }
      case RouteResult.Decision decision -> {
        int decodes = fleet.number(decision.target().slot());
        flight.routed(
            decision.bookingId(),
            fleet.number(decision.promptTarget().slot()),
            decodes,
            fleet.deaths(decodes),
            decision.overlap().diskBlocks());
        submit(flight.promptTarget(), job, now);
      }
      case RouteResult.Refusal _, RouteResult.AllExcluded _ -> {
        refuse(flight, Status.NO_TARGET, now, arrivals);
      }
    }
    return true;
  }

  private void submit(int target, Job job, long now) {
    Spot spot = fleet.spot(target);
    fleet.worker(spot.worker()).submit(fleet.rank(target), job, now);
    clock.update(spot.worker());
    if (spot.pool().setup().sharedQueue()) {
      for (int other = 1; other < spot.pool().workers(); other++) {
        fleet.worker(spot.worker() + other).wake(now);
        clock.update(spot.worker() + other);
      }
    }
  }

  private void endSteps(int number, long now, Arrivals arrivals) {
    EngineWorker worker = fleet.worker(number);
    worker.end(outcome);
    clock.update(number);
    for (Job job : outcome.computed()) {
      router.promptComputed(job.number(), now);
      promptComputed(flight(job), now, arrivals);
    }
    for (Job job : outcome.recomputed()) {
      store(flight(job).decodeTarget(), job.prompt(), now);
    }
    for (Job job : outcome.firstTokens()) {
      router.firstToken(flight(job).bookingId(), now);
    }
    for (Job job : outcome.finished()) {
      Flight flight = flight(job);
      flights.remove(job.number());
      router.finished(flight.job().number(), flight.bookingId(), now);
      table.finished(flight);
      arrivals.ended(flight.request(), now + frontendNanos);
    }
  }

  private Flight flight(Job job) {
    Flight flight = flights.get(job.number());
    if (flight == null) {
      throw new IllegalStateException("request %d is not on its way".formatted(job.number()));
    }
    return flight;
  }

  private void promptComputed(Flight flight, long now, Arrivals arrivals) {
    Prompt prompt = flight.job().prompt();
    store(flight.promptTarget(), prompt, now);
    if (flight.deaths() != fleet.deaths(flight.decodeTarget())) {
      startAnew(flight, now, arrivals); // whoever would decode it died meanwhile
    } else if (!flight.isComputedWhereItDecodes()) {
      double millis = fleet.transferMillis(prompt, flight.promptTarget(), flight.decodeTarget());
      transits.add(new Transit(now + Math.round(millis * NANOS_PER_MILLI), flight));
    }
  }

  /** A prompt comes into the cache of the target that computed it or that its KV was sent to. */
  private void store(int target, Prompt prompt, long now) {
    SimulatedCache cache = fleet.rank(target).cache();
    if (cache != null) {
      cache.reserve(prompt, cacheEvents);
      cache.store(prompt, cacheEvents);
      router.cacheChanged(fleet.slot(fleet.rank(target)), cacheEvents, now);
      cacheEvents.clear();
    }
  }

  private void arrive(Transit transit, long now) {
    Flight flight = transit.flight();
    flight.job().arrived(now);
    store(flight.decodeTarget(), flight.job().prompt(), now);
    submit(flight.decodeTarget(), flight.job(), now);
  }

  private void change(Change change, Arrivals arrivals) {
    Failure failure = change.failure();
    if (!change.dies()) {
      router.join(fleet.registration(failure, ++life));
      return;
    }
    long now = change.atNanos();
    String workerId = fleet.workerId(failure);
    List<Flight> lost = new ArrayList<>();
    transits.removeIf(transit -> isBoundFor(transit, workerId) && lost.add(transit.flight()));
    int number = fleet.workerNumber(failure);
    fleet.fail(number, ++life).forEach(job -> lost.add(flight(job)));
    clock.update(number);
    router.leave(workerId, now);
    lost.sort(Comparator.comparingLong(flight -> flight.job().number()));
    for (Flight flight : lost) {
      startAnew(flight, now, arrivals);
    }
    if (failure.downNanos() != Failure.FOR_GOOD) {
      changes.add(new Change(now + failure.downNanos(), failure, false));
    }
  }

  private void startAnew(Flight flight, long now, Arrivals arrivals) {
    router.finished(flight.job().number(), flight.bookingId(), now);
    flight.restart();
    placeOrWait(flight, now, arrivals);
  }

  private boolean isBoundFor(Transit transit, String workerId) {
    return fleet.targetNames().get(transit.flight().decodeTarget()).worker().equals(workerId);
  }

  /** A KV cache that will be where its request decodes. */
  private record Transit(long atNanos, Flight flight) {
    static final Comparator<Transit> EARLIEST_FIRST =
        Comparator.comparingLong(Transit::atNanos)
            .thenComparingLong(transit -> transit.flight().job().number());
  }

  /** A worker dies or returns. */
  private record Change(long atNanos, Failure failure, boolean dies) {
    static final Comparator<Change> EARLIEST_FIRST =
        Comparator.comparingLong(Change::atNanos)
            .thenComparing(change -> change.failure().role())
            .thenComparingInt(change -> change.failure().worker());
  }
}

package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Constraints;
import dev.warmpath.router.route.Filter;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.TargetName;
import dev.warmpath.v1.RouteRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a request asks of targets, checked in full, as filters. Stateless; any thread. */
final class ConstraintsDecoder {
  /** Most labels that a request requires. */
  static final int MAX_LABELS = 16;

  /** Most targets that a request allows. */
  static final int MAX_ALLOWED = 1_024;

  private ConstraintsDecoder() {}

  static Constraints decode(RouteRequest request, RoutingSettings settings)
      throws InvalidFieldException {
    List<Filter> both = bothRoles(request);
    return settings.constraints(
        request.getModel(),
        withPin("pinned_target", request.hasPinnedTarget(), request.getPinnedTarget(), both),
        withPin(
            "pinned_prefill_target",
            request.hasPinnedPrefillTarget(),
            request.getPinnedPrefillTarget(),
            both),
        request.getLoraName());
  }

  private static List<Filter> bothRoles(RouteRequest request) throws InvalidFieldException {
    if (request.getAllowedTargetsCount() == 0 && request.getRequiredLabelsCount() == 0) {
      return List.of();
    }
    List<Filter> filters = new ArrayList<>();
    if (request.getAllowedTargetsCount() > 0) {
      filters.add(new Filter.Allowed(allowed(request.getAllowedTargetsList())));
    }
    Map<String, String> labels = request.getRequiredLabelsMap();
    checkCount("required_labels", labels.size(), MAX_LABELS);
    for (Map.Entry<String, String> label : labels.entrySet()) {
      filters.add(requiredLabel(label.getKey(), label.getValue()));
    }
    return filters;
  }

  private static Filter requiredLabel(String name, String value) throws InvalidFieldException {
    if (name.isEmpty()) {
      throw new InvalidFieldException("required_labels", "''", "must have names, one is");
    }
    Fields.checkLength("required_labels", name, Fields.MAX_NAME_LENGTH);
    Fields.checkLength("required_labels", value, Fields.MAX_NAME_LENGTH);
    return new Filter.RequiredLabel(name, value);
  }

  private static Map<String, Set<Integer>> allowed(List<dev.warmpath.v1.TargetName> names)
      throws InvalidFieldException {
    checkCount("allowed_targets", names.size(), MAX_ALLOWED);
    Map<String, Set<Integer>> ranks = new HashMap<>();
    Set<String> wholeWorkers = new HashSet<>();
    for (dev.warmpath.v1.TargetName named : names) {
      TargetName name = targetName("allowed_targets", named);
      Set<Integer> ofWorker = ranks.computeIfAbsent(name.workerId(), _ -> new HashSet<>());
      if (name.rank() == TargetName.ANY_RANK) {
        wholeWorkers.add(name.workerId());
      } else {
        ofWorker.add(name.rank());
      }
    }
    wholeWorkers.forEach(worker -> ranks.put(worker, Set.of()));
    return ranks;
  }

  private static List<Filter> withPin(
      String field, boolean given, dev.warmpath.v1.TargetName name, List<Filter> filters)
      throws InvalidFieldException {
    if (!given) {
      return filters;
    }
    List<Filter> withPin = new ArrayList<>();
    withPin.add(new Filter.Pinned(targetName(field, name)));
    withPin.addAll(filters);
    return withPin;
  }

  private static TargetName targetName(String field, dev.warmpath.v1.TargetName name)
      throws InvalidFieldException {
    if (name.getWorkerId().isEmpty()) {
      throw new InvalidFieldException(field + ".worker_id", "''", "must be named");
    }
    Fields.checkLength(field + ".worker_id", name.getWorkerId(), Worker.MAX_NAME_LENGTH);
    if (!name.hasRank()) {
      return new TargetName(name.getWorkerId(), TargetName.ANY_RANK);
    }
    int rank = name.getRank();
    if (rank < 0 || rank >= Worker.MAX_RANKS) {
      throw new InvalidFieldException(
          field + ".rank",
          Integer.toUnsignedString(rank),
          "must be %d at most".formatted(Worker.MAX_RANKS - 1));
    }
    return new TargetName(name.getWorkerId(), rank);
  }

  private static void checkCount(String field, int count, int most) throws InvalidFieldException {
    if (count > most) {
      throw new InvalidFieldException(
          field, count, "must have %d entries at most, has".formatted(most));
    }
  }
}

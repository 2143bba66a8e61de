/** Health, readiness and metrics over HTTP. Reads what others count, when somebody asks. */
@NullMarked
package dev.warmpath.router.admin;

import org.jspecify.annotations.NullMarked;

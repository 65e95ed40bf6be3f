/** What tests say beside passing. */
@NullMarked
package io.mooring.report;

import org.jspecify.annotations.NullMarked;

/** An OpenTelemetry SDK for this process that keeps its spans, as an operator's would send them. */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

export interface Spans {
  /** Ended since the last `clear`, in the order of their ends. */
  all(): readonly ReadableSpan[]
  named(start: string): readonly ReadableSpan[]
  clear(): void
  /** Everything that an exporter could send of them. */
  text(): string
}

export function keepSpans(): Spans {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const all = (): readonly ReadableSpan[] => exporter.getFinishedSpans()
  return {
    all,
    named: start => all().filter(({ name }) => name.startsWith(start)),
    clear: () => exporter.reset(),
    text: () =>
      JSON.stringify(
        all().map(({ name, attributes, events, links, status, parentSpanContext }) => ({
          name,
          attributes,
          events,
          links,
          status,
          parentSpanContext,
        })),
      ),
  }
}

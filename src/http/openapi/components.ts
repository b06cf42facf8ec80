import { z } from 'zod';
import { GenerateOptionsSchema } from '../../protocol/options.ts';
import {
  ErrorSchema,
  HealthSchema,
  JobCreatedSchema,
  JobListSchema,
  JobSchema,
  ReadySchema,
  UploadSchema,
} from '../api-schemas.ts';
import { GenerateRequestSchema } from '../generate-request.ts';

const SCHEMAS = {
  Error: ErrorSchema,
  GenerateOptions: GenerateOptionsSchema,
  GenerateRequest: GenerateRequestSchema,
  Health: HealthSchema,
  Job: JobSchema,
  JobCreated: JobCreatedSchema,
  JobList: JobListSchema,
  Ready: ReadySchema,
  Upload: UploadSchema,
} satisfies Record<string, z.ZodType>;
export type ComponentName = keyof typeof SCHEMAS;

const uri = (id: string) => `#/components/schemas/${id}`;

export function refTo(name: ComponentName): { $ref: string } {
  return { $ref: uri(name) };
}

/** The zod schemas as JSON Schema (draft 2020-12), for `components.schemas`; what contains another one refers to it. */
export function createComponentSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  // As clients write them: what has a default may be left out. Answers are made of the same parts.
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    uri,
    override: ({ jsonSchema }) => dropPattern(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _dialect, ...schema }]) => [id, schema]),
  );
}

/** A format says the same as its pattern, shorter. */
function dropPattern(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.format !== undefined) delete schema.pattern;
}

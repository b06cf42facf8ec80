import { validateBytes } from 'gltf-validator';

/** What the Khronos validator says; `messages` holds those of errors and warnings. */
export interface GlbVerdict {
  errors: number;
  warnings: number;
  messages: string[];
}

const WARNING = 1;

export async function validateGlb(glb: Uint8Array): Promise<GlbVerdict> {
  const { issues } = await validateBytes(glb);
  return {
    errors: issues.numErrors,
    warnings: issues.numWarnings,
    messages: issues.messages
      .filter(({ severity }) => severity <= WARNING)
      .map(({ code, message }) => `${code}: ${message}`),
  };
}

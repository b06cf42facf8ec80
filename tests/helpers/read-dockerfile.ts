/** One instruction of a Dockerfile. */
export interface DockerInstruction {
  /** In capitals. */
  name: string;
  /** Continued lines joined, without comments. */
  text: string;
}

export interface DockerStage {
  /** What `FROM` names: an image, or an earlier stage. */
  base: string;
  name: string | undefined;
  instructions: DockerInstruction[];
}

/** The stages of a Dockerfile; instructions before the first `FROM` are left out. */
export function readDockerfile(text: string): DockerStage[] {
  const joined = text.replace(/^[ \t]*#.*\n/gm, '').replace(/\\\n\s*/g, '');
  const stages: DockerStage[] = [];
  for (const [, name = '', rest = ''] of joined.matchAll(/^([A-Za-z]+)[ \t]+(.+)$/gm)) {
    if (name.toUpperCase() === 'FROM') {
      const [base = '', as, stage] = rest.trim().split(/\s+/);
      stages.push({ base, name: as?.toUpperCase() === 'AS' ? stage : undefined, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: rest.trim() });
    }
  }
  return stages;
}

import type { Command } from 'commander';
import { addConfigFlags, readConfig } from './config-flags.ts';

type Flags = Readonly<Record<string, unknown>>;

/** `hy3d models`: which networks there are, and installing them. */
export function registerModels(program: Command): void {
  const models = program.command('models').description('install, check and remove the weights of networks');
  models.addHelpText(
    'after',
    `
Examples:
  $ hy3d models list
  $ hy3d models pull hunyuan3d-2mini-turbo
  $ hy3d models verify hunyuan3d-2mini-turbo`,
  );
  registerList(models);
  registerPull(models);
  registerBuild(models);
  registerVerify(models);
  registerRemove(models);
}

function registerList(models: Command): void {
  const command = models
    .command('list')
    .description('show all models: views, size, whether installed, licence')
    .option('--json', 'print them as JSON');
  addConfigFlags(command, ['modelsDir']);
  command.action(async (flags: Flags) => {
    const { listModels } = await import('./models-list.ts');
    console.log(listModels(readConfig(flags), flags.json === true));
  });
}

function registerPull(models: Command): void {
  const command = models
    .command('pull')
    .description('install a model from the model hub, a mirror or a folder; goes on where it was interrupted')
    .argument('<name>', 'as "hy3d models list" shows it')
    .option('--from <folder>', 'take the files from a folder instead of the hub')
    .option('--accept-licence', 'accept the licence and its limits without being asked')
    .option('--no-optional', 'leave out the files that a job can do without');
  addConfigFlags(command, ['modelsDir']);
  command.addHelpText(
    'after',
    `
Environment:
  HF_ENDPOINT  a mirror of the model hub (default: https://huggingface.co)
  HF_TOKEN     access token, for repositories that ask for one

Examples:
  $ hy3d models pull hunyuan3d-2.1
  $ hy3d models pull hunyuan3d-2mv --from /media/usb/models --accept-licence`,
  );
  command.action(async (name: string, flags: Flags) => {
    const { pull } = await import('./models-pull.ts');
    await pull(name, readConfig(flags), {
      folder: typeof flags.from === 'string' ? flags.from : undefined,
      isLicenceAccepted: flags.acceptLicence === true,
      withOptional: flags.optional !== false,
    });
  });
}

function registerBuild(models: Command): void {
  const command = models
    .command('build')
    .description('prepare the weights of a model ahead of its first job')
    .argument('<name>', 'as "hy3d models list" shows it')
    .option('--format <format>', 'fp16, fp32, int8, int4, int8-fp16, int4-fp16 or fp32-in-place', 'fp32');
  addConfigFlags(command, ['modelsDir']);
  command.addHelpText(
    'after',
    `
Formats:
  fp16                   for GPUs; used where it is, next to nothing is written
  fp32                   for CPUs; a copy that is mapped into memory
  int8, int4             for CPUs with little memory
  int8-fp16, int4-fp16   for GPUs with little memory
  fp32-in-place          for CPUs with little disk; more memory and a slower start

Examples:
  $ hy3d models build hunyuan3d-2mini-turbo
  $ hy3d models build hunyuan3d-2.1 --format int8-fp16`,
  );
  command.action(async (name: string, flags: Flags) => {
    const { build } = await import('./models-build.ts');
    await build(name, String(flags.format), readConfig(flags));
  });
}

function registerVerify(models: Command): void {
  const command = models
    .command('verify')
    .description('read the files of a model again and compare them with what they should be')
    .argument('<name>', 'as "hy3d models list" shows it');
  addConfigFlags(command, ['modelsDir']);
  command.addHelpText('after', '\nExits with 1 where a file is missing or wrong.');
  command.action(async (name: string, flags: Flags) => {
    const { verify } = await import('./models-verify.ts');
    process.exitCode = await verify(name, readConfig(flags));
  });
}

function registerRemove(models: Command): void {
  const command = models
    .command('rm')
    .description('delete a model; files that another installed model needs stay')
    .argument('<name>', 'as "hy3d models list" shows it');
  addConfigFlags(command, ['modelsDir']);
  command.action(async (name: string, flags: Flags) => {
    const { remove } = await import('./models-remove.ts');
    await remove(name, readConfig(flags));
  });
}

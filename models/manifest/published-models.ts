import type { ModelEntry, ModelFile } from './model-entry.ts';

interface Family {
  repo: string;
  revision: string;
  views: ModelEntry['views'];
  memoryBytes: number;
  rank: number;
  turboVae: readonly ModelFile[];
}
type Facts = Pick<ModelFile, 'bytes' | 'approximateBytes' | 'sha256'>;

const SINGLE_VIEW: ModelEntry['views'] = ['front'];
const MULTI_VIEW: ModelEntry['views'] = ['front', 'left', 'back', 'right'];

const HUNYUAN_2_1: Family = {
  repo: 'tencent/Hunyuan3D-2.1',
  revision: '0b94677654c57bb9a6b6845cd7b704ccf551d327',
  views: SINGLE_VIEW,
  memoryBytes: 9.5e9,
  rank: 40,
  turboVae: [],
};
const HUNYUAN_2: Family = {
  repo: 'tencent/Hunyuan3D-2',
  revision: '9cd649ba6913f7a852e3286bad86bfa9a2d83dcf',
  views: SINGLE_VIEW,
  memoryBytes: 7e9,
  rank: 30,
  turboVae: turboVae('hunyuan3d-vae-v2-0-turbo', { approximateBytes: 407e6 }),
};
const HUNYUAN_2_MINI: Family = {
  repo: 'tencent/Hunyuan3D-2mini',
  revision: 'f90a0f7df7d5e6f71109cf333f6a95a0ae3194a6',
  views: SINGLE_VIEW,
  memoryBytes: 6e9,
  rank: 20,
  turboVae: turboVae('hunyuan3d-vae-v2-mini-turbo', { bytes: 407_410_402, sha256: '5dcaca67a8da9e70' }),
};
const HUNYUAN_2_MV: Family = {
  repo: 'tencent/Hunyuan3D-2mv',
  revision: '3a761b539b29fe4ff64714813aa9560fd66f5de0',
  views: MULTI_VIEW,
  memoryBytes: 7e9,
  rank: 25,
  // It has no VAE of its own, but shares latents with 2.0.
  turboVae: HUNYUAN_2.turboVae.map((file) => ({ ...file, repo: HUNYUAN_2.repo, revision: HUNYUAN_2.revision })),
};

/**
 * Every published variant, with the sizes and the starts of the digests that the hub shows at these revisions; those
 * that are not known for certain are left out or approximate. Memory is that of the weights and two gigabytes to work with.
 */
export const PUBLISHED_MODELS: readonly ModelEntry[] = [
  model('hunyuan3d-2.1', 'Hunyuan3D 2.1', HUNYUAN_2_1, [
    { role: 'config', path: 'hunyuan3d-dit-v2-1/config.yaml', bytes: 2078, sha256: 'a9e9b66f0163a9b8' },
    {
      role: 'weights',
      path: 'hunyuan3d-dit-v2-1/model.fp16.ckpt',
      bytes: 7_366_389_768,
      sha256: '6b519fc7242f78e9',
    },
  ]),
  model(
    'hunyuan3d-2',
    'Hunyuan3D 2.0',
    HUNYUAN_2,
    denoiser('hunyuan3d-dit-v2-0', { bytes: 4_928_151_562, sha256: '360bc281fc956d4a' }),
  ),
  model(
    'hunyuan3d-2-fast',
    'Hunyuan3D 2.0 Fast',
    HUNYUAN_2,
    denoiser('hunyuan3d-dit-v2-0-fast', { approximateBytes: 4.93e9, sha256: 'fcf91f29922270b4' }),
  ),
  model(
    'hunyuan3d-2-turbo',
    'Hunyuan3D 2.0 Turbo',
    HUNYUAN_2,
    denoiser(
      'hunyuan3d-dit-v2-0-turbo',
      { bytes: 4_930_777_530, sha256: '5ee5a81e4df08a1c' },
      { bytes: 1663, sha256: '4712421fe32d57c6' },
    ),
  ),
  model(
    'hunyuan3d-2mini',
    'Hunyuan3D 2mini',
    HUNYUAN_2_MINI,
    denoiser(
      'hunyuan3d-dit-v2-mini',
      { bytes: 3_819_958_234, sha256: '3cc66f3bea33e406' },
      { bytes: 1628, sha256: 'cabcba7f6115752c' },
    ),
  ),
  model(
    'hunyuan3d-2mini-fast',
    'Hunyuan3D 2mini Fast',
    HUNYUAN_2_MINI,
    denoiser('hunyuan3d-dit-v2-mini-fast', { approximateBytes: 3.82e9, sha256: '2bc48c8168874bb3' }),
  ),
  model(
    'hunyuan3d-2mini-turbo',
    'Hunyuan3D 2mini Turbo',
    HUNYUAN_2_MINI,
    denoiser(
      'hunyuan3d-dit-v2-mini-turbo',
      { bytes: 3_822_584_202, sha256: 'bdbcef30dd0149a2' },
      { bytes: 1664, sha256: 'be28205844da01bd' },
    ),
  ),
  model(
    'hunyuan3d-2mv',
    'Hunyuan3D 2mv',
    HUNYUAN_2_MV,
    denoiser(
      'hunyuan3d-dit-v2-mv',
      { bytes: 4_928_151_562, sha256: 'd36f5881bcdc5672' },
      { bytes: 1608, sha256: '315fd5bf601d1d10' },
    ),
  ),
  model(
    'hunyuan3d-2mv-fast',
    'Hunyuan3D 2mv Fast',
    HUNYUAN_2_MV,
    denoiser('hunyuan3d-dit-v2-mv-fast', { approximateBytes: 4.93e9, sha256: 'dcd6e2716ff13f2d' }),
  ),
  model(
    'hunyuan3d-2mv-turbo',
    'Hunyuan3D 2mv Turbo',
    HUNYUAN_2_MV,
    denoiser('hunyuan3d-dit-v2-mv-turbo', { approximateBytes: 4.93e9, sha256: '172d7a989b99f66a' }),
  ),
];

function model(name: string, title: string, family: Family, files: ModelFile[]): ModelEntry {
  const { repo, revision, views, memoryBytes, turboVae } = family;
  // Distilled models trade some quality for fewer steps.
  const rank = family.rank - (name.endsWith('-turbo') ? 2 : name.endsWith('-fast') ? 1 : 0);
  // As its publisher runs it.
  const latentSelection = name === 'hunyuan3d-2mini-turbo' ? 'merge' : 'mean';
  const licence = {
    name: 'Tencent Hunyuan Community License',
    url: `https://huggingface.co/${repo}/blob/main/LICENSE`,
    territory: 'Not for use in the European Union, the United Kingdom or South Korea.',
    terms: [
      'More than 1 million monthly active users need a licence of their own from the publisher.',
      'Results must not be used to improve other models.',
    ],
  };
  return {
    name,
    title,
    repo,
    revision,
    files: [...files, ...turboVae],
    views,
    rank,
    latentSelection,
    memoryBytes,
    licence,
  };
}

/** The two files of a folder of the 2.0 family; the same weights as `.ckpt` beside them are not needed. */
function denoiser(folder: string, weights: Facts, config: Facts = {}): ModelFile[] {
  return [
    { role: 'config', path: `${folder}/config.yaml`, ...config },
    { role: 'weights', path: `${folder}/model.fp16.safetensors`, ...weights },
  ];
}

function turboVae(folder: string, weights: Facts): ModelFile[] {
  return [
    { role: 'turbo-vae-config', path: `${folder}/config.yaml`, optional: true },
    { role: 'turbo-vae-weights', path: `${folder}/model.fp16.safetensors`, optional: true, ...weights },
  ];
}

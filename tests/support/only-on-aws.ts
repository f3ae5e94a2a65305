import type { CommandDocument } from './command-blocks.ts';

/**
 * The blocks that the local cloud cannot answer, each with its reason. They are checked for what can be known without
 * AWS: the shell's syntax, and the options of the AWS CLI and the SAM CLI. Every other block is run.
 */
export const ONLY_ON_AWS: { document: CommandDocument; name: string; reason: string }[] = [
  { document: 'docs/deploy.md', name: 'What it costs', reason: 'the emulator has no Cost Explorer' },
  { document: 'docs/deploy.md', name: 'Images are closed', reason: 'it asks the public address of S3' },
  {
    document: 'docs/deploy.md',
    name: 'The pages come from the edge alone, and over HTTPS alone',
    reason: 'it asks the public addresses of S3 and CloudFront',
  },
];

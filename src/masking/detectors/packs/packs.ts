import type { Pack } from '../../../model/pack.js'
import type { Detector } from '../detector.js'
import { birthDatePack } from './birth-date.js'
import { emailPack } from './email.js'
import { ibanPack } from './iban.js'
import { phonePack } from './phone.js'
import { secretPack } from './secret.js'
import { ssnPack } from './ssn.js'

const MAKERS: Readonly<Record<Pack, () => Detector>> = {
  'birth-date': birthDatePack,
  email: emailPack,
  iban: ibanPack,
  phone: phonePack,
  secret: secretPack,
  ssn: ssnPack,
}

/** The detectors of the packs that a policy asks for. */
export function packDetectors(packs: readonly Pack[]): readonly Detector[] {
  return packs.map(pack => MAKERS[pack]())
}

import { describeHostile } from './describe-hostile.js'

describeHostile('mysql')

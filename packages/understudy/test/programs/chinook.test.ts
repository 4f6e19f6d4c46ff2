import { describePrograms } from "./both-engines.ts"
import { CATALOGUE_EXERCISES } from "./chinook/catalogue.ts"
import { CHANGE_EXERCISES } from "./chinook/changes.ts"
import { PEOPLE_EXERCISES } from "./chinook/people.ts"
import { prepareChinook } from "./chinook/prepare.ts"
import { SALES_EXERCISES } from "./chinook/sales.ts"

describePrograms("what people ask of the sample database Chinook", prepareChinook, {
  "of its music": CATALOGUE_EXERCISES,
  "of its people": PEOPLE_EXERCISES,
  "of its sales": SALES_EXERCISES,
  "and change in it": CHANGE_EXERCISES,
})
